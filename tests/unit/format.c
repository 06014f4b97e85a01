/* SPDX-License-Identifier: MIT */
/* The helper's text: what it puts together must be what libc would. */
#include "unit.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "policy/address.h"
#include "policy/format.h"

#define BOTH(...)                                                                                  \
    do {                                                                                           \
        char ours[64], expected[64];                                                               \
        const int length = snprintf(expected, sizeof expected, __VA_ARGS__);                       \
        assert_int_equal(format_text(ours, sizeof ours, __VA_ARGS__), length);                     \
        assert_string_equal(ours, expected);                                                       \
    } while (0)

static void every_conversion__as_libc(void **state)
{
    BOTH("nothing");
    BOTH("<%d>[%d]: ", 86, -1);
    BOTH("%d %d %ld", INT_MIN, INT_MAX, LONG_MIN);
    BOTH("%u %x %x", UINT_MAX, 0u, 0xbeefu);
    BOTH("%lu %zu", ULONG_MAX, (size_t)7);
    BOTH("%s|%.*s|%.*s", "", 3, "abcdef", 0, "x");
}

static void no_room__cut_off_and_terminated(void **state)
{
    char text[8];
    memset(text, '#', sizeof text);
    assert_int_equal(format_text(text, 5, "%s%lu", "ab", 12345ul), 4);
    assert_memory_equal(text, "ab12\0###", sizeof text);
    assert_int_equal(format_text(text, 1, "%d", 1), 0);
    assert_memory_equal(text, "\0b12\0###", sizeof text);
}

static void address__as_rfc_5952_has_it(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "1::",
        "fe80::1",
        "1:0:0:2::3",
        "1::2:0:0:3:4",
        "1:0:2:3:4:5:6:7",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "0:1:2:3:4:5:6:0",
    };
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct ip_address address = {.family = strchr(addresses[i], ':') ? AF_INET6 : AF_INET};
        char text[ADDRESS_TEXT_MAX];
        assert_int_equal(inet_pton(address.family, addresses[i], address.bytes), 1);
        address_text(&address, text);
        assert_string_equal(text, addresses[i]);
    }
}

int run_format_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_conversion__as_libc),
        cmocka_unit_test(no_room__cut_off_and_terminated),
        cmocka_unit_test(address__as_rfc_5952_has_it),
    };
    return cmocka_run_group_tests_name("text of the helper", tests, NULL, NULL);
}
