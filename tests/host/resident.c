/* SPDX-License-Identifier: MIT */
/* Below privbind -u: what the resident helper looks like, and what hostile clients can do to it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "protocol.h"

static pid_t resident(void)
{
    struct ucred peer = {0};
    socklen_t length = sizeof peer;
    int fd = connect_to_resident();
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
    close(fd);
    return peer.pid;
}

/* The lines of /proc/PID/status that tell of privilege; and whether its memory is open to us. */
void resident_as_seen(void)
{
    char path[64], line[256];
    const pid_t pid = resident();
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNew", 5) == 0 ||
            strncmp(line, "Uid", 3) == 0 || strncmp(line, "Gid", 3) == 0)
            fputs(line, stdout);
    }
    if (status != NULL)
        fclose(status);
    show_number("parent is this process", getppid() != pid && getsid(pid) == pid);
    show("ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? 0 : -1);
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    show("memory", access(path, R_OK));
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    show("descriptors", access(path, R_OK));
}

/* They keep their connections; nobody else may have to wait for that. */
void silent_clients(void)
{
    static const int counts[] = {200, 800};
    const struct rlimit many = {1020, 1020};
    setrlimit(RLIMIT_NOFILE, &many);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int connected = 0;
        while (connected < counts[i] && connect_to_resident() >= 0)
            connected++;
        show_number("silent", connected);
        close(bind_tcp("bind", 80));
    }
}

/* Of a connection that is there. */
static void ask_on(int fd, const char *what, uint32_t version, size_t length, int count,
                   int descriptor)
{
    struct {
        struct privbind_request request;
        char more[100];
    } body = {.request = {.version = version, .address_length = sizeof(struct sockaddr_in)}};
    struct sockaddr_in address = ipv4("0.0.0.0", 80);
    memcpy(body.request.address, &address, sizeof address);
    struct privbind_reply reply = {.error = -1};
    send_descriptors(fd, &body, length, descriptor, count);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, 20000) == 1)
        recv(fd, &reply, sizeof reply, 0);
    printf("%s: %d\n", what, reply.error);
    close(fd);
}

static void ask(const char *what, uint32_t version, size_t length, int count, int descriptor)
{
    ask_on(connect_to_resident(), what, version, length, count, descriptor);
}

static long ticks_of(pid_t pid)
{
    char path[64];
    long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld",
                               &user, &system) != 2)
        puts("cannot be read");
    if (file != NULL)
        fclose(file);
    return user + system;
}

/* The second comes half of its time after the others, and outlives them by as much. */
void three_silent_clients(void)
{
    const pid_t pid = resident();
    const useconds_t half = PRIVBIND_WAIT_REQUEST / 2 * 1000;
    int first = connect_to_resident(), silent = connect_to_resident();
    char byte;
    usleep(half);
    int second = connect_to_resident();
    close(first);
    const long before = ticks_of(pid);
    usleep(half + half / 2);
    show_number("busy", ticks_of(pid) - before > sysconf(_SC_CLK_TCK) / 4);
    ask_on(second, "second", 1, sizeof(struct privbind_request), 1,
           new_socket(AF_INET, SOCK_STREAM, 0));
    show_number("let go", recv(silent, &byte, 1, MSG_DONTWAIT) == 0);
    usleep(half); /* now the time of the last one would be over, too */
    const long alone = ticks_of(pid);
    sleep(1);
    show_number("busy alone", ticks_of(pid) - alone > sysconf(_SC_CLK_TCK) / 4);
}

void malformed_requests(void)
{
    const size_t whole = sizeof(struct privbind_request);
    int socket = new_socket(AF_INET, SOCK_STREAM, 0);
    ask("short", 1, whole - 1, 1, socket);
    ask("long", 1, whole + 1, 1, socket);
    ask("other version", 2, whole, 1, socket);
    ask("no descriptor", 1, whole, 0, socket);
    ask("two descriptors", 1, whole, 2, socket);
    ask("many descriptors", 1, whole, 253, socket);
    ask("not a socket", 1, whole, 1, STDIN_FILENO);
    show_name(socket);
    ask("in order", 1, whole, 1, socket);
    show_name(socket);
}

/* It asks and goes while the helper is stopped. Nobody waits for the bind: it must not happen. */
void client_hangs_up(void)
{
    const pid_t pid = resident();
    struct sockaddr_in address = ipv4("0.0.0.0", 80);
    struct privbind_request request = {1, sizeof address, {0}};
    int socket = new_socket(AF_INET, SOCK_STREAM, 0);
    memcpy(request.address, &address, sizeof address);

    kill(pid, SIGSTOP);
    int fd = connect_to_resident();
    show("sent", send_descriptors(fd, &request, sizeof request, socket, 1) ? 0 : -1);
    close(fd);
    kill(pid, SIGCONT);
    close(bind_tcp("next", 80)); /* served after it */
    show_name(socket);
}

void resident_killed(void)
{
    kill(resident(), SIGKILL);
    for (int fd = 0; fd >= 0; usleep(1000)) {
        fd = connect_to_resident();
        close(fd);
    }
    bind_tcp("bind", 80);
}

void resident_stopped(void)
{
    const pid_t pid = resident();
    kill(pid, SIGSTOP);
    close(bind_tcp("stopped", 80));
    kill(pid, SIGCONT);
    bind_tcp("continued", 80);
}

/* For a shell between the two. */
void resident_stop(void)
{
    kill(resident(), SIGSTOP);
}

void resident_continue(void)
{
    kill(resident(), SIGCONT);
}

void thirty_children_at_once(void)
{
    int start[2], bound = 0, status;
    if (pipe(start) != 0)
        return;
    fflush(stdout);
    for (int i = 0; i < 30; i++) {
        if (fork() == 0) {
            char byte;
            struct sockaddr_in address = ipv4("0.0.0.0", (uint16_t)(100 + i));
            close(start[1]);
            _exit(read(start[0], &byte, 1) < 0 ||
                  bind(new_socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address,
                       sizeof address) != 0);
        }
    }
    close(start[0]);
    close(start[1]); /* now all of them go */
    while (waitpid(-1, &status, 0) > 0)
        bound += status == 0;
    show_number("bound", bound);
}
