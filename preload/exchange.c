/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <asm/socket.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "ids.h"
#include "machine/machine.h"

#define SEND_PAUSE 5 /* milliseconds */

/* As struct ucred, which libc shows only with _GNU_SOURCE. */
struct credentials {
    int pid;
    unsigned uid, gid;
};

uint64_t exchange_clock(void)
{
    long now[2] = {0, 0}; /* seconds, nanoseconds */
    RAW_2(SYS_clock_gettime, CLOCK_MONOTONIC, now);
    return (uint64_t)now[0] * 1000 + (uint64_t)(now[1] / 1000000);
}

static bool is_own(int connection)
{
    struct credentials peer = {0, ~0u, ~0u};
    socklen_t length = sizeof peer;
    return RAW_5(SYS_getsockopt, connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           peer.uid == (unsigned)RAW_0(SYS_EFFECTIVE_UID) && uid_is_known(peer.uid);
}

long exchange_connect(struct delegation *delegation)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *name = delegation->settings.socket;
    const long time_limit[2] = {(long)PRIVBIND_WAIT_CONNECT / 1000, /* seconds, microseconds */
                                (long)PRIVBIND_WAIT_CONNECT % 1000 * 1000};
    size_t length = 1; /* an abstract name begins with a NUL instead of the @ */
    for (; length < sizeof address.sun_path && name[length] != '\0'; length++)
        address.sun_path[length] = name[length];

    long connection = RAW_3(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return connection;
    delegation->channel[0] = (int)connection;
    /* Somebody else may have taken the name. The broker would close what they queue here, and the
       close of a file on their own FUSE file system may never return. */
    static const int no = 0;
    RAW_5(SYS_setsockopt, connection, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
    /* If more clients wait than the helper has room for, connect(2) waits too. */
    RAW_5(SYS_setsockopt, connection, SOL_SOCKET, SO_SNDTIMEO_OLD, time_limit, sizeof time_limit);
    long result =
        RAW_3(SYS_connect, connection, &address, offsetof(struct sockaddr_un, sun_path) + length);
    return result == 0 && !is_own((int)connection) ? -EPERM : result;
}

long exchange_send(struct delegation *delegation)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec body = {&delegation->request, sizeof delegation->request};
    struct msghdr message = {.msg_iov = &body,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &delegation->socket, sizeof(int));

    /* Descriptors that all processes of this user have in flight are counted together against the
       limit (unix(7)): a crowd of binds has to take turns. */
    const long moment[2] = {0, SEND_PAUSE * 1000000L}; /* seconds, nanoseconds */
    long result = -ETOOMANYREFS;
    for (unsigned i = 0; i < PRIVBIND_WAIT_SEND / SEND_PAUSE && result == -ETOOMANYREFS; i++) {
        if (i > 0)
            RAW_2(SYS_nanosleep, moment, NULL);
        result = RAW_3(SYS_sendmsg, delegation->channel[0], &message, MSG_NOSIGNAL);
    }
    return result;
}

bool exchange_reply_comes(const struct delegation *delegation, long time)
{
    struct pollfd channel = {.fd = delegation->channel[0], .events = POLLIN};
    long limit[2] = {time / 1000, time % 1000 * 1000000}; /* seconds, nanoseconds; counts down */
    long result = RAW_5(SYS_ppoll, &channel, 1, limit, NULL, sizeof(uint64_t));
    if (result < 0) /* no memory: without waiting, the broker might miss the bind */
        result = RAW_5(SYS_ppoll, &channel, 1, limit, NULL, sizeof(uint64_t));
    return result == 1;
}

void exchange_hang_up(const struct delegation *delegation)
{
    RAW_2(SYS_shutdown, delegation->channel[0], SHUT_RDWR);
}

bool exchange_receive(struct delegation *delegation)
{
    struct privbind_reply *reply = &delegation->reply;
    long length =
        RAW_5(SYS_recvfrom, delegation->channel[0], reply, sizeof *reply, MSG_DONTWAIT, NULL);
    reply->reason[sizeof reply->reason - 1] = '\0';
    return length == sizeof *reply && reply->version == PRIVBIND_PROTOCOL_VERSION &&
           reply->error >= 0 && reply->error < 4096;
}

/* The port is at the same place for IPv4 and IPv6. */
unsigned exchange_local_port(const struct delegation *delegation)
{
    unsigned char name[PRIVBIND_ADDRESS_MAX] = {0};
    socklen_t length = sizeof name;
    return RAW_3(SYS_getsockname, delegation->socket, name, &length) == 0
               ? (unsigned)name[2] << 8 | name[3]
               : EXCHANGE_PORT_UNKNOWN;
}

static unsigned asked_port(const struct delegation *delegation)
{
    const unsigned char *asked = delegation->request.address;
    return (unsigned)asked[2] << 8 | asked[3];
}

bool exchange_is_bound(const struct delegation *delegation)
{
    return delegation->port_before == 0 &&
           exchange_local_port(delegation) == asked_port(delegation);
}

bool exchange_is_elsewhere(const struct delegation *delegation)
{
    const unsigned port = exchange_local_port(delegation);
    return port != EXCHANGE_PORT_UNKNOWN && port != asked_port(delegation);
}
