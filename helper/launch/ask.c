/* SPDX-License-Identifier: MIT */
#include "launch/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/send.h"
#include "machine/numbers.h"
#include "resident/peer.h"

/* As the library does: another user's process may have taken the name of a helper that is gone. */
static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = PRIVBIND_WAIT_CONNECT / 1000,
                                  .tv_usec = (long)PRIVBIND_WAIT_CONNECT % 1000 * 1000};
    const size_t length = strnlen(name, sizeof address.sun_path);
    memcpy(address.sun_path + 1, name + 1, length - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    static const int no = 0; /* a descriptor queued there could hang when it is closed */
    setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
    if (connect(fd, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
        peer_is(fd, geteuid()))
        return fd;
    close(fd);
    return -1;
}

/* Starts privbind-helper. Returns our end of its channel, or -1. */
static int start(const char *path, pid_t *pid)
{
    int channel[2];
    char *const arguments[] = {"privbind-helper", NULL};
    char *const environment[] = {NULL};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return -1;
    *pid = fork();
    if (*pid == 0) {
        /* If standard input was closed, the channel is there already, and dup2(2) changes
           nothing. */
        const bool is_there = channel[1] == STDIN_FILENO ? fcntl(STDIN_FILENO, F_SETFD, 0) == 0
                                                         : dup2(channel[1], STDIN_FILENO) >= 0;
        if (is_there)
            execve(path, arguments, environment);
        _exit(EXIT_FAILURE);
    }
    close(channel[1]);
    return channel[0];
}

static bool send_request(int channel, int socket, const struct target *target)
{
    struct privbind_request request = {.version = PRIVBIND_PROTOCOL_VERSION,
                                       .address_length = target->length};
    memcpy(request.address, &target->address, target->length);
    return request_send(channel, &request, socket);
}

static bool receive_reply(int channel, struct privbind_reply *reply)
{
    struct pollfd readable = {.fd = channel, .events = POLLIN};
    if (poll(&readable, 1, PRIVBIND_WAIT_BIND) != 1 ||
        recv(channel, reply, sizeof *reply, MSG_DONTWAIT) != sizeof *reply)
        return false;
    reply->reason[sizeof reply->reason - 1] = '\0';
    return reply->version == PRIVBIND_PROTOCOL_VERSION;
}

/* What a program would find, whatever the helper says. */
static bool is_bound(int socket, const struct target *target)
{
    struct sockaddr_in6 name = {0};
    socklen_t length = sizeof name;
    return getsockname(socket, (struct sockaddr *)&name, &length) == 0 &&
           ntohs(name.sin6_port) == target->port; /* at the same place for IPv4 */
}

enum ask_answer ask_helper(const char *helper, int socket, const struct target *target,
                           struct privbind_reply *reply)
{
    pid_t pid = -1;
    reply->version = 0;
    const bool is_resident = helper[0] == '@';
    int channel = is_resident ? connect_to(helper) : start(helper, &pid);
    if (channel < 0 && is_resident)
        return HELPER_GONE;
    bool answered = channel >= 0 && send_request(channel, socket, target) &&
                    receive_reply(channel, reply) &&
                    (reply->error != 0 || is_bound(socket, target));
    const uint32_t version = reply->version; /* as it came, if anything came */
    if (!answered) {
        *reply = (struct privbind_reply){.error = EACCES};
        snprintf(reply->reason, sizeof reply->reason,
                 version == 0 || version == PRIVBIND_PROTOCOL_VERSION
                     ? "no answer from %.300s; see the other lines and the system log"
                     : "%.300s speaks protocol version %u, but this privbind speaks %u; "
                       "install both from the same release: make install",
                 helper, version, PRIVBIND_PROTOCOL_VERSION);
    }
    close(channel);
    if (pid > 0) {
        kill(pid, SIGKILL); /* it ends by itself, unless it hangs */
        waitpid(pid, NULL, 0);
    }
    return answered ? HELPER_ANSWERED : HELPER_SILENT;
}
