/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"

#define DESCRIPTORS_AT_ONCE 253 /* SCM_MAX_FD */

/* The scenarios come line by line; each is followed by a line with a dot. */
static const char script[] =
    "echo $PRIVBIND_SOCKET; while read scenario; do " HOST " $scenario; echo .; done";

static const char *const environment[] = {"PRIVBIND_HELPER=/nonexistent", "PRIVBIND_QUIET=1", NULL};

static void read_name(struct command *command)
{
    struct ucred peer = {0};
    socklen_t length = sizeof peer;
    if (fgets(command->name, sizeof command->name, command->output) == NULL)
        errx(EXIT_FAILURE, "the command does not start");
    command->name[strcspn(command->name, "\n")] = '\0';
    int fd = connect_to_name(command->name);
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
    close(fd);
    command->resident = peer.pid;
}

void command_start(struct command *command, const char *const *options)
{
    static const char *const by_default[] = {"-a", "tcp 80", NULL};
    const char *argv[16] = {SANDBOX_LAUNCHER, "-u", "target"};
    int input[2], output[2];
    size_t count = 3;
    for (const char *const *option = options == NULL ? by_default : options; *option != NULL;)
        argv[count++] = *option++;
    argv[count++] = "/bin/sh";
    argv[count++] = "-c";
    argv[count] = script;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    command->pid = fork();
    if (command->pid == 0) {
        const struct rlimit limit = {command->limit, command->limit};
        if (command->limit != 0 && setrlimit(RLIMIT_NOFILE, &limit) != 0)
            err(EXIT_FAILURE, "limit");
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        execve(SANDBOX_LAUNCHER, (char *const *)argv, (char *const *)environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(input[0]);
    close(output[1]);
    command->input = input[1];
    command->output = fdopen(output[0], "r");
    read_name(command);
}

void command_begin(struct command *command, const char *scenario)
{
    dprintf(command->input, "%s\n", scenario);
}

const char *command_finish(struct command *command)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    while (fgets(text + used, (int)(sizeof text - used), command->output) != NULL) {
        if (strcmp(text + used, ".\n") == 0)
            break;
        used += strlen(text + used);
    }
    text[used] = '\0';
    return text;
}

const char *command_run(struct command *command, const char *scenario)
{
    command_begin(command, scenario);
    return command_finish(command);
}

void command_end(struct command *command)
{
    close(command->input);
    fclose(command->output);
    kill(command->pid, SIGKILL);
    waitpid(command->pid, NULL, 0);
}

static int count_descriptors(pid_t pid)
{
    char path[32];
    int count = -2; /* . and .. */
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        err(EXIT_FAILURE, "%s", path);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

void assert_descriptors(pid_t resident)
{
    const int count = 5; /* the listener, twice, the command, the log, the first port of users */
    for (int attempt = 0; count_descriptors(resident) != count && attempt < 5000; attempt++)
        usleep(1000);
    assert_int_equal(count_descriptors(resident), count);
}

long private_memory(pid_t pid)
{
    char path[32], line[128];
    long sum = 0, kib;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        err(EXIT_FAILURE, "%s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kib) == 1 || sscanf(line, "VmSwap: %ld", &kib) == 1)
            sum += kib;
    }
    fclose(file);
    return sum;
}

int as_uid(uid_t uid, int (*step)(void))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
            err(EXIT_FAILURE, "ids");
        _exit(step());
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

pid_t start_attack(void (*attack)(void))
{
    int ready[2];
    char byte;
    if (pipe2(ready, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(FOREIGN_UID, FOREIGN_UID, FOREIGN_UID) != 0 ||
            setresuid(FOREIGN_UID, FOREIGN_UID, FOREIGN_UID) != 0)
            err(EXIT_FAILURE, "ids");
        attack();
        close(ready[1]);
        for (;;)
            pause();
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) < 0)
        err(EXIT_FAILURE, "pipe");
    close(ready[0]);
    return pid;
}

void stop_attack(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static socklen_t abstract(struct sockaddr_un *address, const char *name)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path + 1, name + 1, strlen(name) - 1);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

int connect_to_name(const char *name)
{
    struct sockaddr_un address;
    const socklen_t length = abstract(&address, name);
    const struct timeval limit = {.tv_sec = 1};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&address, length) == 0)
        return fd;
    close(fd);
    return -1;
}

int listen_at_name(uid_t uid, const char *name)
{
    struct sockaddr_un address;
    const socklen_t length = abstract(&address, name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (seteuid(uid) != 0)
        err(EXIT_FAILURE, "seteuid");
    const bool listens =
        bind(fd, (const struct sockaddr *)&address, length) == 0 && listen(fd, 5) == 0;
    const int error = errno;
    if (seteuid(0) != 0)
        err(EXIT_FAILURE, "seteuid");
    if (listens)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

/* In network byte order. */
const struct privbind_request asks_for_80 = {
    .version = PRIVBIND_PROTOCOL_VERSION,
    .address_length = sizeof(struct sockaddr_in),
    .address = {AF_INET & 0xff, AF_INET >> 8, 0, 80},
};

bool try_to_send_descriptors(int fd, const void *body, size_t length, int descriptor, size_t count)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(DESCRIPTORS_AT_ONCE * sizeof(int))] = {0};
    struct iovec iov = {(void *)(uintptr_t)body, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        for (size_t i = 0; i < count; i++)
            memcpy(CMSG_DATA(header) + i * sizeof(int), &descriptor, sizeof descriptor);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

bool send_descriptors(int fd, const void *body, size_t length, int descriptor, size_t count)
{
    for (int i = 0; i < 6000; i++) {
        if (try_to_send_descriptors(fd, body, length, descriptor, count))
            return true;
        if (errno != ETOOMANYREFS)
            return false;
        usleep(10000);
    }
    return false;
}

int answer_of(int fd)
{
    struct privbind_reply reply;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, 20000) == 1 && recv(fd, &reply, sizeof reply, 0) == sizeof reply)
        return reply.error;
    return -1;
}
