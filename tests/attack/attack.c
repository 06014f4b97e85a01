/* SPDX-License-Identifier: MIT */
#include "attack.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT 30000 /* milliseconds; for hanging, not for speed */

static struct privbind_reply reply;

const char *attack_reason(void)
{
    return reply.reason;
}

struct name name_of(const char *text, uint16_t port)
{
    struct name name = {.length = sizeof(struct sockaddr_in6)};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&name.address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&name.address;
    char address[INET6_ADDRSTRLEN];
    const size_t length = strcspn(text, "%");
    snprintf(address, sizeof address, "%.*s", (int)length, text);
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        name.length = sizeof *v4;
    } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_scope_id = text[length] == '\0' ? 0 : (uint32_t)atoi(text + length + 1);
    } else {
        errx(EXIT_FAILURE, "%s", text);
    }
    v4->sin_port = htons(port); /* at the same place in both */
    return name;
}

int attack_socket(int family, int type, int protocol)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        err(EXIT_FAILURE, "socket");
    return fd;
}

static void execute_helper(const struct attack *how)
{
    static char name[] = "privbind-helper", *const arguments[] = {name, NULL};
    static char *const no_environment[] = {NULL};
    if (how->prepare != NULL)
        how->prepare();
    if (how->execute != NULL)
        how->execute(how);
    else
        execve(how->path == NULL ? SANDBOX_HELPER : how->path,
               how->arguments == NULL ? arguments : how->arguments,
               how->environment == NULL ? no_environment : how->environment);
    _exit(126);
}

struct victim attack_start(const struct attack *how)
{
    static const struct attack usual;
    struct victim victim = {.socket = -1};
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        err(EXIT_FAILURE, "socketpair");
    fflush(NULL);
    victim.channel = channel[0];
    victim.pid = fork();
    if (victim.pid == 0) {
        dup2(channel[1], STDIN_FILENO);
        execute_helper(how == NULL ? &usual : how);
    }
    if (victim.pid < 0)
        err(EXIT_FAILURE, "fork");
    close(channel[1]);
    return victim;
}

bool attack_ask(struct victim *victim, int socket, const struct name *name)
{
    struct privbind_request request = {.version = PRIVBIND_PROTOCOL_VERSION,
                                       .address_length = name->length};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec body = {&request, sizeof request};
    struct msghdr message = {.msg_iov = &body,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &socket, sizeof socket);
    memcpy(request.address, &name->address, name->length);
    victim->socket = socket;
    /* All runs of these tests share the user's limit on descriptors in flight (unix(7)). */
    ssize_t length;
    for (int i = 0; i < 1000; i++, usleep(1000)) {
        length = sendmsg(victim->channel, &message, MSG_NOSIGNAL);
        if (length >= 0 || errno != ETOOMANYREFS)
            break;
    }
    return length == sizeof request;
}

uint16_t local_port(int socket)
{
    struct sockaddr_in6 name = {0};
    socklen_t length = sizeof name;
    getsockname(socket, (struct sockaddr *)&name, &length);
    return ntohs(name.sin6_port);
}

static enum outcome judge(const struct victim *victim, bool answered)
{
    const uint16_t port = local_port(victim->socket);
    const bool is_bound = port != 0 && port < 1024;
    if (!answered)
        return is_bound ? OUTCOME_BOUND_SILENTLY : OUTCOME_SILENT;
    if (reply.error == 0)
        return is_bound ? OUTCOME_BOUND : OUTCOME_LIE;
    return is_bound ? OUTCOME_LIE : reply.error == EACCES ? OUTCOME_REFUSED : OUTCOME_ERROR;
}

enum outcome attack_finish(struct victim *victim)
{
    struct pollfd answer = {.fd = victim->channel, .events = POLLIN};
    bool hangs = poll(&answer, 1, TIME_LIMIT) != 1;
    memset(&reply, 0, sizeof reply);
    ssize_t length = recv(victim->channel, &reply, sizeof reply, MSG_DONTWAIT);
    if (length < 0 && errno == ECONNRESET) /* told before an answer that came earlier */
        length = recv(victim->channel, &reply, sizeof reply, MSG_DONTWAIT);
    for (int i = 0; !hangs && waitpid(victim->pid, NULL, WNOHANG) == 0; i++) {
        usleep(i < 1000 ? 100 : 10000);
        hangs = i > 1000 + TIME_LIMIT / 10;
    }
    close(victim->channel);
    if (!hangs)
        return judge(victim, length == sizeof reply);
    kill(victim->pid, SIGKILL);
    waitpid(victim->pid, NULL, 0);
    return OUTCOME_HANGS;
}

enum outcome attack_ask_for(int socket, const struct name *name)
{
    struct victim victim = attack_start(NULL);
    attack_ask(&victim, socket, name);
    return attack_finish(&victim);
}

enum outcome attack_try(const struct attack *how)
{
    const struct name name = name_of("0.0.0.0", PRIVILEGED);
    const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
    struct victim victim = attack_start(how);
    attack_ask(&victim, fd, &name);
    const enum outcome outcome = attack_finish(&victim);
    close(fd);
    return outcome;
}

static const char *const outcome_names[] = {
    "bound", "refused", "error", "no answer", "BOUND WITHOUT ANSWER", "THE ANSWER IS NOT TRUE",
    "HANGS"};

void outcome_show(const char *what, enum outcome outcome)
{
    const bool has_reason = outcome == OUTCOME_REFUSED || outcome == OUTCOME_ERROR;
    printf("%s: %s%s%s\n", what, outcome_names[outcome], has_reason ? ": " : "",
           has_reason ? reply.reason : "");
}

void attack_show(const char *what, const struct attack *how)
{
    outcome_show(what, attack_try(how));
}

void tally_show(const char *what, const struct tally *tally)
{
    for (size_t i = 0; i < OUTCOMES; i++) {
        if (tally->count[i] > 0)
            printf("%s: %s: %u\n", what, outcome_names[i], tally->count[i]);
    }
}

char process_state(pid_t pid)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    const char *end = strrchr(text, ')');
    return end == NULL || strstr(text, "(privbind-helper)") == NULL ? '?' : end[2];
}

bool attack_wait_asleep(const struct victim *victim)
{
    for (int i = 0; i < 10000; i++) {
        if (process_state(victim->pid) == 'S') {
            usleep(20000); /* not just waiting for a page */
            if (process_state(victim->pid) == 'S')
                return true;
        }
        usleep(1000);
    }
    return false;
}

int main(int argc, char *argv[])
{
    static const struct {
        const char *name;
        void (*run)(void);
    } attacks[] = {
#define ATTACK(name) {#name, name},
        ALL_ATTACKS
#undef ATTACK
    };
    for (size_t i = 0; argc == 2 && i < sizeof attacks / sizeof attacks[0]; i++) {
        if (strcmp(argv[1], attacks[i].name) == 0) {
            attacks[i].run();
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    fputs("usage: attacker ATTACK\n", stderr);
    return 2;
}
