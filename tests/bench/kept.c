/* SPDX-License-Identifier: MIT */
/*
 * kept COMMAND [ARGUMENT]...
 *
 * Does what privbind 1.x did: the command has one end of a socketpair, as descriptor 3, for good,
 * and a process at the other end binds whatever comes. No policy, no check, no log.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {0};
    if (syscall(SYS_capset, &header, none) != 0)
        err(EXIT_FAILURE, "capset");
}

int main(int argc, char *argv[])
{
    int channel[2];
    if (argc < 2)
        errx(2, "usage: kept COMMAND [ARGUMENT]...");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        err(EXIT_FAILURE, "socketpair");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(channel[0]);
        while (answer(channel[1]))
            continue;
        _exit(EXIT_SUCCESS);
    }
    drop_capabilities();
    if (channel[0] != CHANNEL)
        dup2(channel[0], CHANNEL);
    else
        fcntl(CHANNEL, F_SETFD, 0);
    execv(argv[1], argv + 1);
    err(EXIT_FAILURE, "%s", argv[1]);
}
