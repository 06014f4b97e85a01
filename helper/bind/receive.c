/* SPDX-License-Identifier: MIT */
#include "bind/receive.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

const char request_is_missing[] = "the request cannot be received";

/*
 * Takes the descriptors out of the control data: a single one is returned, several are all closed.
 * There is room for one only, but padding may let a second one in (cmsg(3)), and a peer that sets
 * SO_PASSCRED or the like on this very socket gets other control messages in.
 */
static int only_descriptor(const struct msghdr *message)
{
    int descriptors[2] = {-1, -1};
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return -1;
    size_t size = header->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors, CMSG_DATA(header), size < sizeof descriptors ? size : sizeof descriptors);
    if (size == sizeof(int))
        return descriptors[0];
    for (size_t i = 0; i < size / sizeof(int); i++)
        close(descriptors[i]);
    return -1;
}

/*
 * A hostile peer may send too little, so that the rest is taken from an earlier request; too much,
 * so that part of it goes unseen; no descriptor, so that one of ours is bound; or hundreds, to
 * exhaust our descriptors and make the next open(2) fail.
 */
static const char *check_form(const struct privbind_request *request, ssize_t length,
                              const struct msghdr *message, int socket)
{
    if (length < 0)
        return errno == EAGAIN ? request_is_missing : "the request cannot be received";
    if (length == 0)
        return "there is no request";
    if (length >= (ssize_t)sizeof request->version && request->version != PRIVBIND_PROTOCOL_VERSION)
        return "the request has a different version; install helper and library from one "
               "release";
    if (length != sizeof *request || (message->msg_flags & MSG_TRUNC) != 0)
        return "the request has the wrong length";
    if ((message->msg_flags & MSG_CTRUNC) != 0)
        return "the request holds more than one descriptor, other control data, or a descriptor "
               "over the limit on open files";
    if (socket < 0)
        return "the request does not hold exactly one descriptor";
    return NULL;
}

const char *request_receive(int channel, struct privbind_request *request, int *socket)
{
    struct iovec body = {request, sizeof *request};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {.msg_iov = &body,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};

    /* Not waiting: whoever has the same socket can take the message between poll(2) and this. */
    ssize_t length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    *socket = length < 0 ? -1 : only_descriptor(&message);
    const char *wrong = check_form(request, length, &message, *socket);
    if (wrong != NULL && *socket >= 0) {
        close(*socket);
        *socket = -1;
    }
    return wrong;
}

bool request_socket_kind(int socket, struct socket_kind *kind)
{
    const struct {
        int option;
        int *value;
    } wanted[] = {
        {SO_DOMAIN, &kind->domain},
        {SO_TYPE, &kind->type},
        {SO_PROTOCOL, &kind->protocol},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        socklen_t length = sizeof(int);
        if (getsockopt(socket, SOL_SOCKET, wanted[i].option, wanted[i].value, &length) != 0)
            return false;
    }
    return true;
}
