/* SPDX-License-Identifier: MIT */
#include "bind/request.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "policy/protocols.h"

/* SIN6_LEN_RFC2133 in the kernel: a sockaddr_in6 without its scope id is still taken. */
#define SHORTEST_IPV6 offsetof(struct sockaddr_in6, sin6_scope_id)

static const char *check_ipv4(struct request *request)
{
    struct sockaddr_in address;
    if (request->length < sizeof address)
        return "the address is too short";
    memcpy(&address, request->bound.bytes, sizeof address);
    /* Linux treats AF_UNSPEC as AF_INET if the address is INADDR_ANY (__inet_bind). */
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
        return "the address has a length that bind(2) does not accept";
    request->length = message->address_length;
    memcpy(request->bound.bytes, message->address, sizeof request->bound.bytes);

    /* The family decides how the address is read here, the socket's domain how the kernel reads it:
       were they to differ, one address would be judged and another one bound. */
    int family = request->bound.sockaddr.sa_family;
    if (kind->domain != AF_INET && kind->domain != AF_INET6)
        return "the descriptor is not an IPv4 or IPv6 socket";
    if (family != kind->domain && !(family == AF_UNSPEC && kind->domain == AF_INET))
        return "the address family differs from the socket's";
    const struct protocol *protocol = protocol_of_socket(kind->protocol, kind->type);
    if (protocol == NULL)
        return "the socket's protocol is not one of tcp, udp, mptcp, udplite, sctp, dccp";
    request->protocol = protocol->bit;

    const char *wrong = kind->domain == AF_INET ? check_ipv4(request) : check_ipv6(request);
    /* The kernel would choose one, which no rule has seen. */
    if (wrong == NULL && request->port == 0)
        return "port 0 needs no privilege";
    return wrong;
}
