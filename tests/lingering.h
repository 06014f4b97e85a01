/* SPDX-License-Identifier: MIT */
/* What a close(2) can be made to wait for. */
#ifndef PRIVBIND_LINGERING_H
#define PRIVBIND_LINGERING_H

#include <err.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connected socket whose last close waits for a minute: what it has sent is not taken. */
static inline int lingering_socket(void)
{
    const struct linger minute = {1, 60};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    static char bytes[65536];
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
        connect(fd, (struct sockaddr *)&address, length) != 0 || accept(listener, NULL, NULL) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &minute, sizeof minute) != 0)
        err(EXIT_FAILURE, "lingering socket");
    for (int quiet = 0; quiet < 20; usleep(1000)) {
        while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
            quiet = 0;
        quiet++;
    }
    close(listener);
    return fd;
}

#endif
