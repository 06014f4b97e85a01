/* SPDX-License-Identifier: MIT */
/*
 * stand_in kept|listening COMMAND [ARGUMENT]...
 *
 * A process that binds for the command and does nothing else: no policy, no check, no log. It
 * stands in for what cannot be measured here.
 *
 * kept       as privbind 1.x: the command has one end of a socketpair, as descriptor 3, for good
 * listening  as the resident helper of privbind -u: the library finds it by PRIVBIND_SOCKET. Any
 *            resident helper takes at least that long
 */
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "bind/receive.h"
#include "launch/send.h"

#define CHANNEL 3

/* Returns whether there was a request. */
static bool answer(int channel)
{
    struct privbind_request request;
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION};
    int socket;
    struct pollfd ready = {.fd = channel, .events = POLLIN};
    if (poll(&ready, 1, -1) != 1 || request_receive(channel, &request, &socket) != NULL)
        return false;
    if (bind(socket, (const struct sockaddr *)request.address, request.address_length) != 0)
        err(EXIT_FAILURE, "bind");
    close(socket);
    return send(channel, &reply, sizeof reply, MSG_NOSIGNAL) >= 0;
}

_Noreturn static void serve_kept(int channel)
{
    while (answer(channel))
        continue;
    _exit(EXIT_SUCCESS);
}

_Noreturn static void serve_clients(int listener)
{
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        answer(client);
        close(client);
    }
}

static int open_listener(void)
{
    char variable[32];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(variable, sizeof variable, "@bench-%d", (int)getpid());
    memcpy(address.sun_path + 1, variable + 1, (size_t)length - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (bind(fd, (const struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)) != 0 ||
        listen(fd, SOMAXCONN) != 0 || setenv("PRIVBIND_SOCKET", variable, 1) != 0)
        err(EXIT_FAILURE, "%s", variable);
    return fd;
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {0};
    if (syscall(SYS_capset, &header, none) != 0)
        err(EXIT_FAILURE, "capset");
}

int main(int argc, char *argv[])
{
    const bool listens = argc > 2 && strcmp(argv[1], "listening") == 0;
    if (argc < 3 || (!listens && strcmp(argv[1], "kept") != 0))
        errx(2, "usage: stand_in kept|listening COMMAND [ARGUMENT]...");
    int channel[2] = {-1, -1};
    if (listens)
        channel[1] = open_listener();
    else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        err(EXIT_FAILURE, "socketpair");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(channel[0]);
        if (listens)
            serve_clients(channel[1]);
        serve_kept(channel[1]);
    }
    drop_capabilities();
    if (!listens && channel[0] != CHANNEL)
        dup2(channel[0], CHANNEL);
    else if (!listens)
        fcntl(CHANNEL, F_SETFD, 0);
    execv(argv[2], argv + 2);
    err(EXIT_FAILURE, "%s", argv[2]);
}
