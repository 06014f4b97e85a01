/* SPDX-License-Identifier: MIT */
/*
 * Stands in for privbind-helper and misbehaves, each way under a name of its own: the library must
 * cope with whatever it starts.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/receive.h"
#include "protocol.h"

/* A request that is left unread is told to the peer as a reset, maybe before the reply. */
static void answer(struct privbind_reply reply, size_t length)
{
    char discarded;
    recv(STDIN_FILENO, &discarded, sizeof discarded, 0);
    if (send(STDIN_FILENO, &reply, length, MSG_NOSIGNAL) < 0)
        err(EXIT_FAILURE, "send");
}

static void bind_and_die(void)
{
    struct privbind_request request;
    bool kept;
    int socket;
    if (request_receive(STDIN_FILENO, &request, &socket) == NULL &&
        capability_drop_all_but(true, &kept) && capability_set_effective(true))
        bind(socket, (struct sockaddr *)request.address, request.address_length);
    raise(SIGKILL);
}

#define REAL_HELPER "/etc/privbind-sandbox/privbind-helper"

int main(int argc, char *argv[])
{
    (void)argv;
    char path[4096] = "";
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION};
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        err(EXIT_FAILURE, "/proc/self/exe");
    const char *name = strrchr(path, '/') + 1;

    if (strcmp(name, "hangs") == 0)
        pause();
    else if (strcmp(name, "stops") == 0)
        raise(SIGSTOP);
    else if (strcmp(name, "dies") == 0)
        raise(SIGKILL);
    else if (strcmp(name, "says-nothing") == 0)
        return 0;
    else if (strcmp(name, "binds-and-dies") == 0)
        bind_and_die();
    else if (strcmp(name, "answers-late") == 0)
        return usleep(500000), execl(REAL_HELPER, "privbind-helper", NULL);
    else if (strcmp(name, "answers-much-later") == 0)
        return usleep(2000000), execl(REAL_HELPER, "privbind-helper", NULL);
    else if (strcmp(name, "answers-short") == 0)
        return answer(reply, sizeof reply - 1), 0;
    else if (strcmp(name, "answers-other-version") == 0)
        return reply.version++, answer(reply, sizeof reply), 0;
    else if (strcmp(name, "answers-negative") == 0)
        return reply.error = -1, answer(reply, sizeof reply), 0;
    else if (strcmp(name, "answers-and-hangs") == 0)
        return reply.error = ENXIO, answer(reply, sizeof reply), pause();
    else if (strcmp(name, "shows-itself") == 0) {
        /* What it was given: for the test of a bare start. */
        int descriptors = 0;
        for (int fd = 3; fd < 1000; fd++)
            descriptors += dup2(fd, fd) == fd;
        extern char **environ;
        snprintf(reply.reason, sizeof reply.reason, "argc %d descriptors %d environment %s", argc,
                 descriptors, environ[0] == NULL ? "empty" : environ[0]);
        reply.error = EACCES; /* a refusal, which is said */
        answer(reply, sizeof reply);
        return 0;
    }
    return 0;
}
