/* SPDX-License-Identifier: MIT */
/* The decision: protocols, ports, addresses, and the order of rules. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

static struct ip_address address(const char *text)
{
    struct ip_address result = {.family = AF_INET};
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, result.bytes) == 1)
        return result;
    assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
    return address_from_ipv6(bytes);
}

/* For uid 1000 in the groups 1000 and 33, none of whom has a name. */
static struct policy_decision decide(const char *text, unsigned protocol, const char *where,
                                     unsigned port)
{
    static const gid_t gids[] = {1000, 33};
    struct identity who = {.uid = 1000,
                           .gids = gids,
                           .gid_count = COUNT(gids),
                           .passwd.loaded = true,
                           .group.loaded = true};
    const struct policy_question question = {
        .who = &who, .protocol = protocol, .address = address(where), .port = (uint16_t)port};
    return policy_decide((struct span){text, strlen(text)}, &question);
}

/* Whether the decision is that of a rule in line 1, or that of no rule. Says so if it is not. */
static bool is_decided(struct policy_decision decision, bool matches, enum policy_verdict verdict,
                       const char *text)
{
    if (decision.verdict == (matches ? verdict : POLICY_NO_MATCH) &&
        decision.line == (matches ? 1 : 0))
        return true;
    print_error("%s    verdict %d, line %zu, \"%s\"\n", text, (int)decision.verdict, decision.line,
                decision.error);
    return false;
}

static void protocol_in_rule__covers_those_bits(void **state)
{
    static const struct {
        const char *protocols;
        unsigned covered;
    } cases[] = {
        {"", PROTOCOL_ALL},
        {"tcp", PROTOCOL_TCP | PROTOCOL_MPTCP},
        {"mptcp", PROTOCOL_MPTCP},
        {"udp", PROTOCOL_UDP},
        {"udplite", PROTOCOL_UDPLITE},
        {"sctp", PROTOCOL_SCTP},
        {"dccp", PROTOCOL_DCCP},
        {"udp,tcp", PROTOCOL_UDP | PROTOCOL_TCP | PROTOCOL_MPTCP},
        {"mptcp,tcp", PROTOCOL_TCP | PROTOCOL_MPTCP},
        {"sctp,dccp,udplite", PROTOCOL_SCTP | PROTOCOL_DCCP | PROTOCOL_UDPLITE},
    };
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "allow anyone %s 80\n", cases[i].protocols);
        for (unsigned bit = PROTOCOL_TCP; bit <= PROTOCOL_DCCP; bit *= 2)
            failures += !is_decided(decide(text, bit, "192.0.2.1", 80),
                                    (cases[i].covered & bit) != 0, POLICY_ALLOW, text);
    }
    assert_int_equal(failures, 0);
}

static void port_list__covers_its_ranges_and_their_ends(void **state)
{
    static const struct {
        const char *ports;
        unsigned port;
        bool matches;
    } cases[] = {
        {"80", 80, true},
        {"80", 79, false},
        {"80", 81, false},
        {"9", 9, true},
        {"80,9", 9, true},
        {"080", 80, true},
        {"80-443", 79, false},
        {"80-443", 80, true},
        {"80-443", 443, true},
        {"80-443", 444, false},
        {"80-80", 80, true},
        {"1-65535", 1, true},
        {"1-65535", 65535, true},
        {"22,80,443", 443, true},
        {"22,80,443", 23, false},
        {"22,900-999,25", 25, true},
        {"22,900-999,25", 999, true},
        {"22,900-999,25", 1000, false},
        {"any", 1, true},
        {"any", 65535, true},
        {"tcp any", 80, true},
        {"udp any", 80, false},
    };
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "allow anyone %s\n", cases[i].ports);
        failures += !is_decided(decide(text, PROTOCOL_TCP, "192.0.2.1", cases[i].port),
                                cases[i].matches, POLICY_ALLOW, text);
    }
    assert_int_equal(failures, 0);
}

struct address_case {
    const char *list, *address;
    bool allow_matches, deny_matches;
};

static void assert_addresses(const struct address_case *cases, size_t count)
{
    size_t failures = 0;
    for (size_t i = 0; i < count; i++) {
        char text[128];
        snprintf(text, sizeof text, "allow anyone any on %s\n", cases[i].list);
        failures += !is_decided(decide(text, PROTOCOL_TCP, cases[i].address, 80),
                                cases[i].allow_matches, POLICY_ALLOW, text);
        snprintf(text, sizeof text, "deny anyone any on %s\n", cases[i].list);
        failures += !is_decided(decide(text, PROTOCOL_TCP, cases[i].address, 80),
                                cases[i].deny_matches, POLICY_DENY, text);
    }
    assert_int_equal(failures, 0);
}

static void address_list__covers_its_networks(void **state)
{
    static const struct address_case cases[] = {
        {"192.0.2.1", "192.0.2.1", true, true},
        {"192.0.2.1", "192.0.2.2", false, false},
        {"192.0.2.1/32", "192.0.2.1", true, true},
        {"192.0.2.1/32", "192.0.2.0", false, false},
        {"192.0.2.0/31", "192.0.2.1", true, true},
        {"192.0.2.0/31", "192.0.2.2", false, false},
        {"10.0.0.0/8", "10.255.255.255", true, true},
        {"10.0.0.0/8", "11.0.0.0", false, false},
        {"10.0.0.0/8", "9.255.255.255", false, false},
        {"128.0.0.0/1", "255.255.255.255", true, true},
        {"128.0.0.0/1", "127.255.255.255", false, false},
        {"0.0.0.0/1", "127.255.255.255", true, true},
        {"0.0.0.0/0", "255.255.255.255", true, true},
        {"0.0.0.0/0", "2001:db8::1", false, false},
        {"2001:db8::1", "2001:db8::1", true, true},
        {"2001:db8::1/128", "2001:db8::1", true, true},
        {"2001:db8::1/128", "2001:db8::", false, false},
        {"2001:db8::/127", "2001:db8::1", true, true},
        {"2001:db8::/127", "2001:db8::2", false, false},
        {"2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", true, true},
        {"2001:db8::/64", "2001:db8:0:1::", false, false},
        {"8000::/1", "ffff::1", true, true},
        {"8000::/1", "7fff::1", false, false},
        {"::/8", "::1", true, true},
        {"::/0", "ffff::1", true, true},
        {"::/0", "192.0.2.1", false, false},
        {"127.0.0.1,::1", "127.0.0.1", true, true},
        {"127.0.0.1,::1", "::1", true, true},
        {"127.0.0.1,::1", "127.0.0.2", false, false},
        {"::1", "fe80::1", false, false},
    };
    assert_addresses(cases, COUNT(cases));
}

static void ipv4_wildcard__only_itself_or_prefix_0(void **state)
{
    static const struct address_case cases[] = {
        {"0.0.0.0", "0.0.0.0", true, true},      {"0.0.0.0/32", "0.0.0.0", true, true},
        {"0.0.0.0/0", "0.0.0.0", true, true},    {"127.0.0.1,0.0.0.0", "0.0.0.0", true, true},
        {"0.0.0.0/31", "0.0.0.0", false, false}, {"0.0.0.0/8", "0.0.0.0", false, false},
        {"0.0.0.0/1", "0.0.0.0", false, false},  {"0.0.0.0/1,128.0.0.0/1", "0.0.0.0", false, false},
        {"192.0.2.1", "0.0.0.0", false, false},  {"::", "0.0.0.0", false, false},
        {"::/0", "0.0.0.0", false, false},       {"0.0.0.0", "192.0.2.1", false, false},
    };
    assert_addresses(cases, COUNT(cases));
}

static void ipv6_wildcard__allow_needs_both_families_deny_either(void **state)
{
    static const struct address_case cases[] = {
        {"::,0.0.0.0", "::", true, true},
        {"0.0.0.0/0,::/0", "::", true, true},
        {"::/128,0.0.0.0/32", "::", true, true},
        {"::/0,0.0.0.0", "::", true, true},
        {"::,::ffff:0:0/96", "::", true, true},
        {"::", "::", false, true},
        {"::/0", "::", false, true},
        {"0.0.0.0", "::", false, true},
        {"0.0.0.0/0", "::", false, true},
        {"::ffff:0.0.0.0", "::", false, true},
        {"::,0.0.0.0/8", "::", false, true},
        {"::/1,0.0.0.0", "::", false, true},
        {"::/64,0.0.0.0/31", "::", false, false},
        {"::/127,0.0.0.0/1", "::", false, false},
        {"::1,127.0.0.1", "::", false, false},
        {"::", "2001:db8::1", false, false},
    };
    assert_addresses(cases, COUNT(cases));
}

static void v4_mapped__judged_as_ipv4(void **state)
{
    static const struct address_case cases[] = {
        {"192.0.2.1", "::ffff:192.0.2.1", true, true},
        {"192.0.2.0/24", "::ffff:192.0.2.1", true, true},
        {"::ffff:192.0.2.1", "192.0.2.1", true, true},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", true, true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true, true},
        {"::ffff:10.0.0.0/104", "11.1.2.3", false, false},
        {"::ffff:0:0/96", "203.0.113.9", true, true},
        {"::ffff:0:0/96", "2001:db8::1", false, false},
        {"::ffff:192.0.2.0/127", "192.0.2.1", true, true},
        {"::ffff:192.0.2.0/127", "192.0.2.2", false, false},
        {"::/0", "::ffff:192.0.2.1", false, false},
        {"::/80", "::ffff:192.0.2.1", false, false},
        {"0.0.0.0", "::ffff:0.0.0.0", true, true},
        {"0.0.0.0/0", "::ffff:0.0.0.0", true, true},
        {"0.0.0.0/8", "::ffff:0.0.0.0", false, false},
        {"::", "::ffff:0.0.0.0", false, false},
        {"192.0.2.1", "::192.0.2.1", false, false},
    };
    assert_addresses(cases, COUNT(cases));
}

static void several_rules__first_match_decides(void **state)
{
    static const struct {
        const char *text, *address;
        unsigned port;
        enum policy_verdict verdict;
        size_t line;
    } cases[] = {
        {"", "192.0.2.1", 80, POLICY_NO_MATCH, 0},
        {"# allow anyone any\n\n", "192.0.2.1", 80, POLICY_NO_MATCH, 0},
        {"deny user 1000\nallow anyone any\n", "192.0.2.1", 80, POLICY_DENY, 1},
        {"allow anyone 80\ndeny user 1000\n", "192.0.2.1", 80, POLICY_ALLOW, 1},
        {"allow anyone 80\ndeny user 1000\n", "192.0.2.1", 81, POLICY_DENY, 2},
        {"deny user 1001\n\n# why\n\tallow group 33\t80-89 \t\n", "192.0.2.1", 85, POLICY_ALLOW, 4},
        {"deny anyone udp any\nallow anyone 80\n", "192.0.2.1", 80, POLICY_ALLOW, 2},
        {"deny anyone 80 on ::1\nallow anyone 80\n", "192.0.2.1", 80, POLICY_ALLOW, 2},
        {"allow anyone 80\nallow user 1000 80\n", "192.0.2.1", 80, POLICY_ALLOW, 1},
        {"allow anyone 443\nallow user 1001 80\n", "192.0.2.1", 80, POLICY_NO_MATCH, 0},
        {"deny user ghost\ndeny group staff\nallow anyone 80 # all\n", "192.0.2.1", 80,
         POLICY_ALLOW, 3},
        {"deny anyone any on 0.0.0.0\nallow anyone any\n", "::", 80, POLICY_DENY, 1},
        {"deny anyone any on 0.0.0.0\nallow anyone any\n", "::1", 80, POLICY_ALLOW, 2},
        {"allow anyone 80 on ::\nallow anyone 80 on 0.0.0.0\n", "::", 80, POLICY_NO_MATCH, 0},
        /* A # within a word is no comment. */
        {"allow anyone 80#,443\n", "192.0.2.1", 80, POLICY_INVALID, 1},
        {"allow anyone 80 #,443\n", "192.0.2.1", 80, POLICY_ALLOW, 1},
        /* One error anywhere denies everything. */
        {"allow anyone 80\n\ngrant\n", "192.0.2.1", 80, POLICY_INVALID, 3},
        {"allow anyone 80\nallow anyone 443", "192.0.2.1", 80, POLICY_INVALID, 2},
        {"deny anyone\ngrant\n", "192.0.2.1", 80, POLICY_INVALID, 2},
        {"grant\nallow anyone 80\n", "192.0.2.1", 80, POLICY_INVALID, 1},
    };
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct policy_decision decision =
            decide(cases[i].text, PROTOCOL_TCP, cases[i].address, cases[i].port);
        if (decision.verdict == cases[i].verdict && decision.line == cases[i].line)
            continue;
        print_error("row %zu: verdict %d, line %zu, \"%s\"\n", i, (int)decision.verdict,
                    decision.line, decision.error);
        failures++;
    }
    assert_int_equal(failures, 0);
}

int run_decision_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_in_rule__covers_those_bits),
        cmocka_unit_test(port_list__covers_its_ranges_and_their_ends),
        cmocka_unit_test(address_list__covers_its_networks),
        cmocka_unit_test(ipv4_wildcard__only_itself_or_prefix_0),
        cmocka_unit_test(ipv6_wildcard__allow_needs_both_families_deny_either),
        cmocka_unit_test(v4_mapped__judged_as_ipv4),
        cmocka_unit_test(several_rules__first_match_decides),
    };
    return cmocka_run_group_tests_name("decisions of the policy", tests, NULL, NULL);
}
