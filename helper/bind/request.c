#include "bind/request.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "policy/rule.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/*
 * Takes the descriptors out of the control data: one is returned, more are closed. There is room
 * for one only, but padding may let a second one in (cmsg(3)), and a peer that sets SO_PASSCRED or
 * the like on this very socket gets other control messages in.
 */
static int only_descriptor(struct msghdr *message)
{
    int descriptors[2] = {-1, -1};
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return -1;
    size_t size = header->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors, CMSG_DATA(header), size < sizeof descriptors ? size : sizeof descriptors);
    if (size == sizeof(int) && (message->msg_flags & MSG_CTRUNC) == 0)
        return descriptors[0];
    for (size_t i = 0; i < size / sizeof(int); i++)
        close(descriptors[i]);
    return -1;
}

/*
 * A hostile peer sends too little, so that what an earlier request left is taken for its own; too
 * much, of which a part would go unseen; no descriptor, so that one of ours is bound; or hundreds,
 * to use ours up and make the next open(2) fail.
 */
static const char *check_form(const struct privbind_request *request, ssize_t length,
                              const struct msghdr *message, int socket)
{
    if (length < 0)
        return "the request cannot be received";
    if (length == 0)
        return "there is no request";
    if (length >= (ssize_t)sizeof request->version && request->version != PRIVBIND_PROTOCOL_VERSION)
        return "the request has another version; install helper and library of the same version";
    if (length != sizeof *request || (message->msg_flags & MSG_TRUNC) != 0)
        return "the request has the wrong length";
    if ((message->msg_flags & MSG_CTRUNC) != 0)
        return "the request holds more than one descriptor, other control data, or a descriptor "
               "too many for the limit of open files";
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

bool request_is_from(int connection, uid_t uid)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == uid;
}

bool request_send(int channel, const struct privbind_request *message, int socket)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec body = {(void *)(uintptr_t)message, sizeof *message};
    struct msghdr header = {.msg_iov = &body,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &socket, sizeof socket);
    return sendmsg(channel, &header, MSG_NOSIGNAL) >= 0;
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

/*
 * Only sockets with ports as the policy means them. CAP_NET_BIND_SERVICE also covers vsock and
 * Bluetooth ports, and a raw socket may well have the protocol number of TCP.
 */
static unsigned protocol_of(const struct socket_kind *kind)
{
    static const struct {
        int protocol, type;
        unsigned bit;
    } served[] = {
        {IPPROTO_TCP, SOCK_STREAM, PROTOCOL_TCP},
        {IPPROTO_UDP, SOCK_DGRAM, PROTOCOL_UDP},
        {IPPROTO_MPTCP, SOCK_STREAM, PROTOCOL_MPTCP},
        {IPPROTO_UDPLITE, SOCK_DGRAM, PROTOCOL_UDPLITE},
        {IPPROTO_SCTP, SOCK_STREAM, PROTOCOL_SCTP},
        {IPPROTO_SCTP, SOCK_SEQPACKET, PROTOCOL_SCTP},
        {IPPROTO_DCCP, SOCK_DCCP, PROTOCOL_DCCP},
    };
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++) {
        if (served[i].protocol == kind->protocol && served[i].type == kind->type)
            return served[i].bit;
    }
    return 0;
}

/* SIN6_LEN_RFC2133 in the kernel: a sockaddr_in6 without its scope id is still taken. */
#define SHORTEST_IPV6 offsetof(struct sockaddr_in6, sin6_scope_id)

static const char *check_ipv4(struct request *request)
{
    struct sockaddr_in address;
    if (request->length < sizeof address)
        return "the address is too short";
    memcpy(&address, request->bound.bytes, sizeof address);
    /* Linux takes AF_UNSPEC for AF_INET where the address is INADDR_ANY (__inet_bind). */
    if (address.sin_family == AF_UNSPEC && address.sin_addr.s_addr != htonl(INADDR_ANY))
        return "the address has no family";
    request->address = (struct ip_address){.family = AF_INET};
    memcpy(request->address.bytes, &address.sin_addr, sizeof address.sin_addr);
    request->port = ntohs(address.sin_port);
    return NULL;
}

static const char *check_ipv6(struct request *request)
{
    struct sockaddr_in6 address = {0};
    if (request->length < SHORTEST_IPV6)
        return "the address is too short";
    memcpy(&address, request->bound.bytes, SHORTEST_IPV6);
    request->address = address_from_ipv6(address.sin6_addr.s6_addr);
    request->port = ntohs(address.sin6_port);
    return NULL;
}

const char *request_check(const struct privbind_request *message, const struct socket_kind *kind,
                          struct request *request)
{
    /* Longer, and the kernel would read beyond what has been checked; shorter, and what is checked
       is not what it reads. */
    if (message->address_length < sizeof(sa_family_t) ||
        message->address_length > PRIVBIND_ADDRESS_MAX)
        return "the address has a length that bind(2) does not take";
    request->length = message->address_length;
    memcpy(request->bound.bytes, message->address, sizeof request->bound.bytes);

    /* The family decides how the address is read here, the socket's domain how the kernel reads it:
       were they to differ, one address would be judged and another one bound. */
    int family = request->bound.sockaddr.sa_family;
    if (kind->domain != AF_INET && kind->domain != AF_INET6)
        return "the descriptor is not an IPv4 or IPv6 socket";
    if (family != kind->domain && !(family == AF_UNSPEC && kind->domain == AF_INET))
        return "the address has another family than the socket";
    request->protocol = protocol_of(kind);
    if (request->protocol == 0)
        return "the socket's protocol is not one of tcp, udp, mptcp, udplite, sctp, dccp";

    const char *wrong = kind->domain == AF_INET ? check_ipv4(request) : check_ipv6(request);
    /* The kernel would choose one, which no rule has seen. */
    if (wrong == NULL && request->port == 0)
        return "port 0 needs no privilege";
    return wrong;
}
