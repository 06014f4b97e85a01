/* SPDX-License-Identifier: MIT */
/* What "privbind --check" is asked for. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "launch/target.h"
#include "policy/rule.h"

static void target__address_port_and_protocol(void **state)
{
    static const struct {
        const char *spec;
        int family;
        const char *address;
        uint16_t port;
        unsigned protocol;
        uint32_t scope;
    } cases[] = {
        {"80", AF_INET, "0.0.0.0", 80, PROTOCOL_TCP, 0},
        {"80/tcp", AF_INET, "0.0.0.0", 80, PROTOCOL_TCP, 0},
        {"53/udp", AF_INET, "0.0.0.0", 53, PROTOCOL_UDP, 0},
        {"65535/sctp", AF_INET, "0.0.0.0", 65535, PROTOCOL_SCTP, 0},
        {"1/dccp", AF_INET, "0.0.0.0", 1, PROTOCOL_DCCP, 0},
        {"1/udplite", AF_INET, "0.0.0.0", 1, PROTOCOL_UDPLITE, 0},
        {"127.0.0.1:80/mptcp", AF_INET, "127.0.0.1", 80, PROTOCOL_MPTCP, 0},
        {":80", AF_INET, "0.0.0.0", 80, PROTOCOL_TCP, 0},
        {"*:53/udp", AF_INET, "0.0.0.0", 53, PROTOCOL_UDP, 0},
        {"localhost:80", AF_INET, "127.0.0.1", 80, PROTOCOL_TCP, 0},
        {"[::1]:443", AF_INET6, "::1", 443, PROTOCOL_TCP, 0},
        {"[::]:443/udp", AF_INET6, "::", 443, PROTOCOL_UDP, 0},
        {"[::ffff:127.0.0.1]:443", AF_INET6, "::ffff:127.0.0.1", 443, PROTOCOL_TCP, 0},
        {"[fe80::1%7]:22", AF_INET6, "fe80::1", 22, PROTOCOL_TCP, 7},
        {"[fe80::1%lo]:22", AF_INET6, "fe80::1", 22, PROTOCOL_TCP, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target target;
        char error[REASON_MAX], address[INET6_ADDRSTRLEN];
        if (!target_parse(cases[i].spec, &target, error))
            fail_msg("%s: %s", cases[i].spec, error);
        const struct sockaddr_in6 *ipv6 = &target.address.ipv6;
        const struct sockaddr_in *ipv4 = &target.address.ipv4;
        bool is_ipv6 = target.address.any.sa_family == AF_INET6;
        inet_ntop(target.address.any.sa_family,
                  is_ipv6 ? (const void *)&ipv6->sin6_addr : (const void *)&ipv4->sin_addr, address,
                  sizeof address);
        assert_int_equal(target.address.any.sa_family, cases[i].family);
        assert_int_equal(target.length, is_ipv6 ? sizeof *ipv6 : sizeof *ipv4);
        assert_string_equal(address, cases[i].address);
        assert_int_equal(target.port, cases[i].port);
        assert_int_equal(ntohs(ipv4->sin_port), cases[i].port);
        assert_int_equal(target.protocol, cases[i].protocol);
        assert_int_equal(is_ipv6 ? ipv6->sin6_scope_id : 0, cases[i].scope);
    }
}

static void wrong_target__says_why(void **state)
{
    static const struct {
        const char *spec, *error;
    } cases[] = {
        {"[0000:0000:0000:0000:0000:0000:0000:0000:00000]:80",
         "'[0000:0000:0000:0000:0000:0000:0000:0000' is not an IPv6 address"},
        {"", "'' is not a port (a number from 1 to 65535)"},
        {"/tcp", "'' is not a port (a number from 1 to 65535)"},
        {"http", "'http' is not a port (a number from 1 to 65535)"},
        {"+80", "'+80' is not a port (a number from 1 to 65535)"},
        {"0", "port 0 is out of range"},
        {"65536/udp", "port 65536 is out of range"},
        {"80-90", "'80-90' is a range; check one port at a time"},
        {"80/", "'' is not a protocol (tcp, udp, ...)"},
        {"80/TCP", "'TCP' is not a protocol (tcp, udp, ...)"},
        {"80/tcp/udp", "'tcp/udp' is not a protocol (tcp, udp, ...)"},
        {"**:80", "'**' is not an IPv4 address"},
        {"Localhost:80", "'Localhost' is not an IPv4 address"},
        {"1.2.3:80", "'1.2.3' is not an IPv4 address"},
        {"1.2.3.4.5.6.7.8.9:80", "'1.2.3.4.5.6.7.8.9' is not an IPv4 address"},
        {"::1:80", "'::1' is not an IPv4 address; IPv6 wants brackets: [::1]:443"},
        {"[]:80", "'[]' is not an IPv6 address"},
        {"[::1%nosuch]:80", "'[::1%nosuch]' is not an IPv6 address"},
        {"[::1%0]:80", "'[::1%0]' is not an IPv6 address"},
        {"[127.0.0.1]:80", "'[127.0.0.1]' is not an IPv6 address"},
        {"[fe80::1]:80", "'[fe80::1]' needs its interface, as in [fe80::1%eth0]"},
        {"[::1:80", "'[::1' is not an IPv4 address; IPv6 wants brackets: [::1]:443"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct target target;
        char error[REASON_MAX] = "";
        if (target_parse(cases[i].spec, &target, error))
            fail_msg("%s is taken", cases[i].spec);
        assert_string_equal(error, cases[i].error);
    }
}

int run_target_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target__address_port_and_protocol),
        cmocka_unit_test(wrong_target__says_why),
    };
    return cmocka_run_group_tests_name("targets of --check", tests, NULL, NULL);
}
