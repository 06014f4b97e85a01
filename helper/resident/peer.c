/* SPDX-License-Identifier: MIT */
#include "resident/peer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "bind/ids.h"

#define MESSAGES_MAX 1000 /* more than fit into the buffer of a socket */

bool peer_is(int connection, uid_t uid)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           peer.uid == uid && ids_are_known(IDENTITY_USER, uid);
}

bool peer_left_nothing(int connection)
{
    static const int on = 1;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    char byte;
    struct iovec body = {&byte, sizeof byte};
    /* Each message has credentials then, which tell an empty one from the end. */
    if (setsockopt(connection, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        shutdown(connection, SHUT_RDWR) != 0)
        return false;
    for (int i = 0; i < MESSAGES_MAX; i++) {
        struct msghdr message = {.msg_iov = &body,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        /* There is no room for descriptors. */
        if (recvmsg(connection, &message, MSG_PEEK | MSG_DONTWAIT) < 0 ||
            (message.msg_flags & MSG_CTRUNC) != 0)
            return false;
        if (message.msg_controllen == 0)
            return true;
        recv(connection, &byte, sizeof byte, MSG_DONTWAIT);
    }
    return false;
}
