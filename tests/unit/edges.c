/* SPDX-License-Identifier: MIT */
/* Checks that no other test noticed when they were left out: make mutants. */
#include "unit.h"

#include <string.h>

#include "policy/address.h"
#include "policy/policy.h"

static enum address_error parse(const char *text, size_t length)
{
    struct ip_network network;
    return address_parse_network((struct span){text, length}, &network);
}

/* It has to fit in what inet_pton(3) is given. */
static void address_of_any_length__malformed(void **state)
{
    char text[4096];
    memset(text, '1', sizeof text);
    for (size_t length = 16; length <= sizeof text; length++)
        assert_int_equal(parse(text, length), ADDRESS_MALFORMED);
}

static void address_with_a_nul__malformed(void **state)
{
    assert_int_equal(parse("127.0.0.1", 9), ADDRESS_OK);
    assert_int_equal(parse("127.0.0.1\0", 10), ADDRESS_MALFORMED);
    assert_int_equal(parse("::1\0.0.2.1/32", 13), ADDRESS_MALFORMED);
}

static enum policy_verdict may_allow(const char *text)
{
    struct identity who = {.uid = 1000};
    return policy_may_allow((struct span){text, strlen(text)}, &who).verdict;
}

/* For whom the supervisor keeps the capability. */
static void rule_that_denies_a_part__others_may_allow(void **state)
{
    assert_int_equal(may_allow("deny anyone udp any\nallow anyone 80\n"), POLICY_ALLOW);
    assert_int_equal(may_allow("deny anyone 81\nallow anyone 80\n"), POLICY_ALLOW);
    assert_int_equal(may_allow("deny anyone any on ::1\nallow anyone 80\n"), POLICY_ALLOW);
    assert_int_equal(may_allow("deny anyone any\nallow anyone 80\n"), POLICY_DENY);
    assert_int_equal(may_allow("deny anyone udp any\n"), POLICY_NO_MATCH);
}

int run_edge_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_of_any_length__malformed),
        cmocka_unit_test(address_with_a_nul__malformed),
        cmocka_unit_test(rule_that_denies_a_part__others_may_allow),
    };
    return cmocka_run_group_tests_name("edges", tests, NULL, NULL);
}
