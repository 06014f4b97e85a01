/* SPDX-License-Identifier: MIT */
/* Text without libc: against what libc makes of the same, and cut off at every length. */
#include "unit.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "preload/text.h"

#define ADDRESS_BYTES sizeof(struct sockaddr_storage)

/* The text of an address, NUL-terminated, in static memory. */
static const char *text_of(const void *address, size_t length)
{
    static char line[128];
    struct text text = {line, line + sizeof line - 1};
    text_address(&text, address, length);
    *text.at = '\0';
    return line;
}

static struct sockaddr_in6 ipv6_address(const char *address, uint16_t port, uint32_t scope)
{
    struct sockaddr_in6 ipv6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope};
    assert_int_equal(inet_pton(AF_INET6, address, &ipv6.sin6_addr), 1);
    return ipv6;
}

static void number__decimal(void **state)
{
    static const unsigned long numbers[] = {0, 1, 9, 10, 99, 100, 65535, 4294967295u, ULONG_MAX};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char line[32] = "", expected[32];
        struct text text = {line, line + sizeof line - 1};
        text_number(&text, numbers[i]);
        snprintf(expected, sizeof expected, "%lu", numbers[i]);
        assert_string_equal(line, expected);
    }
}

static void string_after_string__appended(void **state)
{
    char line[32] = "";
    struct text text = {line, line + sizeof line - 1};
    text_string(&text, "port ");
    text_string(&text, "");
    text_number(&text, 80);
    text_string(&text, ".");
    assert_string_equal(line, "port 80.");
    assert_ptr_equal(text.at, line + strlen(line));
}

static void ipv4__dotted(void **state)
{
    static const struct {
        const char *address;
        uint16_t port;
        sa_family_t family;
        const char *expected;
    } cases[] = {
        {"0.0.0.0", 80, AF_INET, "0.0.0.0:80"},
        {"127.0.0.1", 1, AF_INET, "127.0.0.1:1"},
        {"192.0.2.10", 1023, AF_INET, "192.0.2.10:1023"},
        {"255.255.255.255", 65535, AF_INET, "255.255.255.255:65535"},
        {"0.0.0.0", 256, AF_UNSPEC, "0.0.0.0:256"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_in ipv4 = {.sin_family = cases[i].family, .sin_port = htons(cases[i].port)};
        assert_int_equal(inet_pton(AF_INET, cases[i].address, &ipv4.sin_addr), 1);
        assert_string_equal(text_of(&ipv4, sizeof ipv4), cases[i].expected);
    }
}

static void ipv6__as_rfc_5952_has_it(void **state)
{
    static const struct {
        const char *address, *expected;
    } cases[] = {
        {"0:0:0:0:0:0:0:0", "[::]:80"},
        {"0:0:0:0:0:0:0:1", "[::1]:80"},
        {"1:0:0:0:0:0:0:0", "[1::]:80"},
        {"0:1:0:0:0:0:0:0", "[0:1::]:80"},
        {"0:0:1:1:1:1:1:1", "[::1:1:1:1:1:1]:80"},
        {"1:1:1:1:1:1:0:0", "[1:1:1:1:1:1::]:80"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "[2001:db8::1]:80"},
        {"2001:DB8:0:0:0:0:0:ABCD", "[2001:db8::abcd]:80"},
        {"1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:80"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80"},
        /* One group of zeros is not shortened; the longest run is, and the first of equals. */
        {"2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:80"},
        {"0:1:0:1:0:1:0:1", "[0:1:0:1:0:1:0:1]:80"},
        {"2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:80"},
        {"2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:80"},
        {"0:0:0:1:0:0:0:0", "[0:0:0:1::]:80"},
        {"0:0:0:0:1:0:0:0", "[::1:0:0:0]:80"},
        {"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80"},
        {"::ffff:0:0", "[::ffff:0.0.0.0]:80"},
        {"::fffe:102:304", "[::fffe:102:304]:80"},
        {"::ffff:0:102:304", "[::ffff:0:102:304]:80"},
        {"1::ffff:102:304", "[1::ffff:102:304]:80"},
        {"100::ffff:102:304", "[100::ffff:102:304]:80"},
        {"64:ff9b::102:304", "[64:ff9b::102:304]:80"},
    };
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sockaddr_in6 ipv6 = ipv6_address(cases[i].address, 80, 0);
        const char *text = text_of(&ipv6, sizeof ipv6);
        if (strcmp(text, cases[i].expected) == 0)
            continue;
        print_error("row %zu: %s\n", i, text);
        failures++;
    }
    assert_int_equal(failures, 0);
}

/* xorshift32: the same sequence everywhere. */
static uint32_t next_random(uint32_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random;
}

/* Groups of 16 bits: most zero, some short, some full; now and then a v4-mapped address. */
static struct in6_addr random_address(uint32_t *random)
{
    struct in6_addr address = {0};
    const uint32_t kind = next_random(random);
    for (size_t i = 0; i < 16; i += 2) {
        const uint32_t bits = next_random(random) >> 8;
        const uint32_t value = bits % 8 < 5 ? 0 : bits % 8 < 6 ? bits >> 8 & 0xf : bits >> 8;
        address.s6_addr[i] = (uint8_t)(value >> 8);
        address.s6_addr[i + 1] = (uint8_t)value;
    }
    if (kind % 16 == 0) {
        memset(address.s6_addr, 0, 10);
        memset(address.s6_addr + 10, 0xff, 2);
    }
    return address;
}

/* glibc writes these, obsolete since RFC 4291, as ::192.0.2.1; RFC 5952 does not. */
static bool is_ipv4_compatible(const struct in6_addr *address)
{
    static const uint8_t zero[12];
    return memcmp(address, zero, sizeof zero) == 0 &&
           (address->s6_addr[12] != 0 || address->s6_addr[13] != 0);
}

static void random_ipv6__as_inet_ntop_has_it(void **state)
{
    uint32_t random = 20240229;
    size_t compared = 0, mapped = 0;
    while (compared < 5000) {
        char address[INET6_ADDRSTRLEN], expected[INET6_ADDRSTRLEN + 16];
        struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6,
                                    .sin6_addr = random_address(&random),
                                    .sin6_port = (in_port_t)next_random(&random)};
        if (is_ipv4_compatible(&ipv6.sin6_addr))
            continue;
        assert_non_null(inet_ntop(AF_INET6, &ipv6.sin6_addr, address, sizeof address));
        snprintf(expected, sizeof expected, "[%s]:%u", address, (unsigned)ntohs(ipv6.sin6_port));
        assert_string_equal(text_of(&ipv6, sizeof ipv6), expected);
        compared++;
        mapped += strchr(address, '.') != NULL;
    }
    assert_true(mapped > 100);
}

static void scope__as_a_number(void **state)
{
    static const struct {
        uint32_t scope;
        const char *expected;
    } cases[] = {
        {0, "[fe80::1]:80"},
        {2, "[fe80::1%2]:80"},
        {0x01000000, "[fe80::1%16777216]:80"},
        {UINT32_MAX, "[fe80::1%4294967295]:80"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sockaddr_in6 ipv6 = ipv6_address("fe80::1", 80, cases[i].scope);
        assert_string_equal(text_of(&ipv6, sizeof ipv6), cases[i].expected);
    }
}

static void scope_behind_the_length__not_read(void **state)
{
    const struct sockaddr_in6 ipv6 = ipv6_address("fe80::1", 80, 2);
    assert_string_equal(text_of(&ipv6, offsetof(struct sockaddr_in6, sin6_scope_id)),
                        "[fe80::1]:80");
}

static void length_of_sockaddr_storage__only_the_address_read(void **state)
{
    unsigned char bytes[ADDRESS_BYTES];
    memset(bytes, 0xa5, sizeof bytes);
    const struct sockaddr_in6 ipv6 = ipv6_address("2001:db8::1", 443, 0);
    memcpy(bytes, &ipv6, sizeof ipv6);
    assert_string_equal(text_of(bytes, sizeof bytes), "[2001:db8::1]:443");
}

static void put_number(struct text *text)
{
    text_number(text, 1234567890);
}

static void put_string(struct text *text)
{
    text_string(text, "no rule allows");
}

static void put_ipv4(struct text *text)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(1023)};
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &ipv4.sin_addr), 1);
    text_address(text, (const unsigned char *)&ipv4, sizeof ipv4);
}

static void put_ipv6(struct text *text)
{
    const struct sockaddr_in6 ipv6 = ipv6_address("2001:db8::1:fe80", 1023, 123456);
    text_address(text, (const unsigned char *)&ipv6, sizeof ipv6);
}

static void put_mapped(struct text *text)
{
    const struct sockaddr_in6 ipv6 = ipv6_address("::ffff:192.0.2.1", 1023, 0);
    text_address(text, (const unsigned char *)&ipv6, sizeof ipv6);
}

static void room_for_less__cut_off_and_nothing_written_behind(void **state)
{
    static const struct {
        void (*put)(struct text *);
        const char *whole;
    } cases[] = {
        {put_number, "1234567890"},
        {put_string, "no rule allows"},
        {put_ipv4, "192.0.2.1:1023"},
        {put_ipv6, "[2001:db8::1:fe80%123456]:1023"},
        {put_mapped, "[::ffff:192.0.2.1]:1023"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const size_t whole = strlen(cases[i].whole);
        for (size_t room = 0; room <= whole + 1; room++) {
            char line[64], expected[64];
            struct text text = {line, line + room};
            const size_t written = room < whole ? room : whole;
            memset(line, '#', sizeof line);
            memset(expected, '#', sizeof expected);
            memcpy(expected, cases[i].whole, written);
            cases[i].put(&text);
            assert_memory_equal(line, expected, sizeof line);
            assert_ptr_equal(text.at, line + written);
        }
    }
}

int run_text_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number__decimal),
        cmocka_unit_test(string_after_string__appended),
        cmocka_unit_test(ipv4__dotted),
        cmocka_unit_test(ipv6__as_rfc_5952_has_it),
        cmocka_unit_test(random_ipv6__as_inet_ntop_has_it),
        cmocka_unit_test(scope__as_a_number),
        cmocka_unit_test(scope_behind_the_length__not_read),
        cmocka_unit_test(length_of_sockaddr_storage__only_the_address_read),
        cmocka_unit_test(room_for_less__cut_off_and_nothing_written_behind),
    };
    return cmocka_run_group_tests_name("text without libc", tests, NULL, NULL);
}
