/* SPDX-License-Identifier: MIT */
#include "resident/peer.h"

#include <sys/socket.h>

#include "bind/ids.h"

bool peer_is(int connection, uid_t uid)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           peer.uid == uid && ids_are_known(IDENTITY_USER, uid);
}
