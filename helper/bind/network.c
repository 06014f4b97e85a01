/* SPDX-License-Identifier: MIT */
#include "bind/network.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bind/log.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Returns 0 or an errno. */
static int get_network(int descriptor, uint64_t *network)
{
    socklen_t length = sizeof *network;
    return getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, network, &length) == 0 ? 0 : errno;
}

bool network_is_own(int descriptor)
{
    static uint64_t ours; /* kept for good: this process never changes its network namespace */
    uint64_t theirs = 0;
    const int error = get_network(descriptor, &theirs);
    if (error != 0)
        return error == ENOPROTOOPT;
    return (ours != 0 || get_network(log_descriptor(), &ours) == 0) && theirs == ours;
}
