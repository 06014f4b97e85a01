/* SPDX-License-Identifier: MIT */
/* The request: what of it is in order, and what is refused. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bind/request.h"
#include "machine/numbers.h"
#include "policy/rule.h"

#define SCOPE 7u

static const char length_refused[] = "the address has a length that bind(2) does not accept";
static const char too_short[] = "the address is too short";
static const char not_ip[] = "the descriptor is not an IPv4 or IPv6 socket";
static const char other_family[] = "the address family differs from the socket's";
static const char no_family[] = "the address has no family";
static const char other_protocol[] =
    "the socket's protocol is not one of tcp, udp, mptcp, udplite, sctp, dccp";
static const char port_0[] = "port 0 needs no privilege";

/* The bytes that belong to no field are not zero: nothing may depend on them. */
static struct privbind_request message_for(int family, const char *address, uint16_t port,
                                           uint32_t length)
{
    struct privbind_request message = {PRIVBIND_PROTOCOL_VERSION, length, {0}};
    memset(message.address, 0xa5, sizeof message.address);
    if (family == AF_INET6) {
        struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6,
                                    .sin6_port = htons(port),
                                    .sin6_flowinfo = 0xa5a5a5a5,
                                    .sin6_scope_id = SCOPE};
        assert_int_equal(inet_pton(AF_INET6, address, &ipv6.sin6_addr), 1);
        memcpy(message.address, &ipv6, sizeof ipv6);
    } else {
        struct sockaddr_in ipv4 = {.sin_family = (sa_family_t)family, .sin_port = htons(port)};
        assert_int_equal(inet_pton(AF_INET, address, &ipv4.sin_addr), 1);
        memcpy(message.address, &ipv4, offsetof(struct sockaddr_in, sin_zero));
    }
    return message;
}

static bool same_text(const char *left, const char *right)
{
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static void length__as_the_kernel_takes_it(void **state)
{
    static const struct {
        int family;
        uint32_t length;
        const char *wrong;
    } cases[] = {
        {AF_INET, 0, length_refused},
        {AF_INET, 1, length_refused},
        {AF_INET, 2, too_short},
        {AF_INET, 15, too_short},
        {AF_INET, 16, NULL},
        {AF_INET, 17, NULL},
        {AF_INET, 28, NULL},
        {AF_INET, 128, NULL},
        {AF_INET, 129, length_refused},
        {AF_INET, UINT32_MAX, length_refused},
        {AF_INET6, 0, length_refused},
        {AF_INET6, 1, length_refused},
        {AF_INET6, 2, too_short},
        {AF_INET6, 16, too_short},
        {AF_INET6, 23, too_short},
        {AF_INET6, 24, NULL},
        {AF_INET6, 27, NULL},
        {AF_INET6, 28, NULL},
        {AF_INET6, 128, NULL},
        {AF_INET6, 129, length_refused},
        {AF_INET6, 0x80000010, length_refused},
        {AF_INET6, UINT32_MAX, length_refused},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const bool is_ipv6 = cases[i].family == AF_INET6;
        const struct privbind_request message = message_for(
            cases[i].family, is_ipv6 ? "2001:db8::1" : "192.0.2.1", 80, cases[i].length);
        const struct socket_kind kind = {cases[i].family, SOCK_STREAM, IPPROTO_TCP};
        struct request request;
        const char *wrong = request_check(&message, &kind, &request);
        if (!same_text(wrong, cases[i].wrong))
            fail_msg("row %zu: %s", i, wrong);
        if (wrong == NULL && request.length != cases[i].length)
            fail_msg("row %zu: length %u", i, (unsigned)request.length);
    }
}

static void family__that_of_the_socket(void **state)
{
    static const struct {
        int domain, family;
        const char *address, *wrong;
    } cases[] = {
        {AF_INET, AF_INET, "192.0.2.1", NULL},
        {AF_INET6, AF_INET6, "2001:db8::1", NULL},
        {AF_INET, AF_INET6, "2001:db8::1", other_family},
        {AF_INET, AF_INET6, "::ffff:192.0.2.1", other_family},
        {AF_INET6, AF_INET, "192.0.2.1", other_family},
        {AF_INET, AF_UNIX, "192.0.2.1", other_family},
        {AF_INET6, AF_UNIX, "192.0.2.1", other_family},
        {AF_INET, 0xffff, "192.0.2.1", other_family},
        /* Linux takes AF_UNSPEC for AF_INET where the address is INADDR_ANY. */
        {AF_INET, AF_UNSPEC, "0.0.0.0", NULL},
        {AF_INET, AF_UNSPEC, "0.0.0.1", no_family},
        {AF_INET, AF_UNSPEC, "127.0.0.1", no_family},
        {AF_INET6, AF_UNSPEC, "0.0.0.0", other_family},
        {AF_UNIX, AF_UNIX, "0.0.0.0", not_ip},
        {AF_UNIX, AF_INET, "192.0.2.1", not_ip},
        {AF_VSOCK, AF_VSOCK, "0.0.0.0", not_ip},
        {AF_VSOCK, AF_INET, "192.0.2.1", not_ip},
        {AF_NETLINK, AF_NETLINK, "0.0.0.0", not_ip},
        {AF_PACKET, AF_PACKET, "0.0.0.0", not_ip},
        {AF_BLUETOOTH, AF_BLUETOOTH, "0.0.0.0", not_ip},
        {AF_UNSPEC, AF_UNSPEC, "0.0.0.0", not_ip},
        {-1, AF_INET, "192.0.2.1", not_ip},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct privbind_request message =
            message_for(cases[i].family, cases[i].address, 80, 128);
        const struct socket_kind kind = {cases[i].domain, SOCK_STREAM, IPPROTO_TCP};
        struct request request;
        const char *wrong = request_check(&message, &kind, &request);
        if (!same_text(wrong, cases[i].wrong))
            fail_msg("row %zu: %s", i, wrong);
    }
}

static void protocol_and_type__only_sockets_with_ports(void **state)
{
    static const struct {
        int type, protocol;
        unsigned bit; /* 0: refused */
    } cases[] = {
        {SOCK_STREAM, IPPROTO_TCP, PROTOCOL_TCP},
        {SOCK_DGRAM, IPPROTO_UDP, PROTOCOL_UDP},
        {SOCK_STREAM, IPPROTO_MPTCP, PROTOCOL_MPTCP},
        {SOCK_DGRAM, IPPROTO_UDPLITE, PROTOCOL_UDPLITE},
        {SOCK_STREAM, IPPROTO_SCTP, PROTOCOL_SCTP},
        {SOCK_SEQPACKET, IPPROTO_SCTP, PROTOCOL_SCTP},
        {SOCK_DCCP, IPPROTO_DCCP, PROTOCOL_DCCP},
        {SOCK_RAW, IPPROTO_TCP, 0},
        {SOCK_RAW, IPPROTO_UDP, 0},
        {SOCK_RAW, IPPROTO_SCTP, 0},
        {SOCK_RAW, IPPROTO_RAW, 0},
        {SOCK_RAW, IPPROTO_ICMP, 0},
        {SOCK_PACKET, IPPROTO_TCP, 0},
        {SOCK_DGRAM, IPPROTO_TCP, 0},
        {SOCK_STREAM, IPPROTO_UDP, 0},
        {SOCK_DGRAM, IPPROTO_MPTCP, 0},
        {SOCK_STREAM, IPPROTO_UDPLITE, 0},
        {SOCK_DGRAM, IPPROTO_SCTP, 0},
        {SOCK_STREAM, IPPROTO_DCCP, 0},
        {SOCK_DGRAM, IPPROTO_ICMP, 0},
        {SOCK_DGRAM, IPPROTO_ICMPV6, 0},
        {SOCK_DGRAM, 115 /* L2TP */, 0},
        {SOCK_STREAM, 256 /* SMC */, 0},
        {SOCK_STREAM, IPPROTO_IP, 0},
        {0, IPPROTO_TCP, 0},
        {-1, -1, 0},
    };
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const bool is_ipv6 = i % 2 == 1;
        const struct privbind_request message =
            message_for(is_ipv6 ? AF_INET6 : AF_INET, is_ipv6 ? "::" : "0.0.0.0", 80, 28);
        const struct socket_kind kind = {is_ipv6 ? AF_INET6 : AF_INET, cases[i / 2].type,
                                         cases[i / 2].protocol};
        struct request request;
        const char *wrong = request_check(&message, &kind, &request);
        if (!same_text(wrong, cases[i / 2].bit == 0 ? other_protocol : NULL))
            fail_msg("row %zu: %s", i / 2, wrong);
        if (wrong == NULL && request.protocol != cases[i / 2].bit)
            fail_msg("row %zu: protocol %u", i / 2, request.protocol);
    }
}

static void address_and_port__as_the_policy_sees_them(void **state)
{
    static const struct {
        int domain, family;
        const char *address;
        uint16_t port;
        const char *seen, *wrong;
    } cases[] = {
        {AF_INET, AF_INET, "192.0.2.1", 80, "192.0.2.1", NULL},
        {AF_INET, AF_INET, "0.0.0.0", 1, "0.0.0.0", NULL},
        {AF_INET, AF_INET, "255.255.255.255", 1023, "255.255.255.255", NULL},
        {AF_INET, AF_UNSPEC, "0.0.0.0", 80, "0.0.0.0", NULL},
        {AF_INET6, AF_INET6, "2001:db8::1", 443, "2001:db8::1", NULL},
        {AF_INET6, AF_INET6, "::", 1024, "::", NULL},
        {AF_INET6, AF_INET6, "fe80::1", 65535, "fe80::1", NULL},
        {AF_INET6, AF_INET6, "::ffff:192.0.2.1", 80, "192.0.2.1", NULL},
        {AF_INET6, AF_INET6, "::ffff:0.0.0.0", 80, "0.0.0.0", NULL},
        {AF_INET6, AF_INET6, "::192.0.2.1", 80, "::192.0.2.1", NULL},
        {AF_INET6, AF_INET6, "::fffe:192.0.2.1", 80, "::fffe:192.0.2.1", NULL},
        {AF_INET, AF_INET, "192.0.2.1", 0, NULL, port_0},
        {AF_INET, AF_UNSPEC, "0.0.0.0", 0, NULL, port_0},
        {AF_INET6, AF_INET6, "::", 0, NULL, port_0},
        {AF_INET6, AF_INET6, "::ffff:192.0.2.1", 0, NULL, port_0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct privbind_request message =
            message_for(cases[i].family, cases[i].address, cases[i].port, 28);
        const struct socket_kind kind = {cases[i].domain, SOCK_STREAM, IPPROTO_TCP};
        struct request request;
        const char *wrong = request_check(&message, &kind, &request);
        if (!same_text(wrong, cases[i].wrong))
            fail_msg("row %zu: %s", i, wrong);
        if (wrong != NULL)
            continue;
        unsigned char seen[16] = {0};
        const int family = strchr(cases[i].seen, ':') == NULL ? AF_INET : AF_INET6;
        assert_int_equal(inet_pton(family, cases[i].seen, seen), 1);
        if (request.address.family != family || request.port != cases[i].port ||
            memcmp(request.address.bytes, seen, sizeof seen) != 0)
            fail_msg("row %zu: family %d, port %u", i, request.address.family, request.port);
    }
}

static void address__copied_byte_for_byte(void **state)
{
    static const struct socket_kind kind = {AF_INET6, SOCK_DGRAM, IPPROTO_UDP};
    static const uint32_t lengths[] = {24, 26, 28, 128};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const struct privbind_request message = message_for(AF_INET6, "fe80::1", 80, lengths[i]);
        struct request request;
        assert_null(request_check(&message, &kind, &request));
        assert_int_equal(request.length, lengths[i]);
        assert_memory_equal(request.bound.bytes, message.address, lengths[i]);
    }
}

int run_request_check_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length__as_the_kernel_takes_it),
        cmocka_unit_test(family__that_of_the_socket),
        cmocka_unit_test(protocol_and_type__only_sockets_with_ports),
        cmocka_unit_test(address_and_port__as_the_policy_sees_them),
        cmocka_unit_test(address__copied_byte_for_byte),
    };
    return cmocka_run_group_tests_name("the request", tests, NULL, NULL);
}
