/* SPDX-License-Identifier: MIT */
/*
 * A preloaded library of somebody else's that also stands in front of bind(2). It says how often it
 * was called; with OTHER_BIND_EARLY its constructor binds a port, perhaps before libprivbind.so
 * has been initialised.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int calls;

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
    calls++;
    return next(fd, address, length);
}

__attribute__((constructor)) static void start(void)
{
    const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(99)};
    if (getenv("OTHER_BIND_EARLY") == NULL)
        return;
    /* As any constructor of a library calls it: whoever is first in the list answers. */
    int (*first)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_DEFAULT, "bind");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("early bind: %d\n",
           first(fd, (const struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno);
}

__attribute__((destructor)) static void end(void)
{
    printf("other bind: %d calls\n", calls);
}
