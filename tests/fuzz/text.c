/* SPDX-License-Identifier: MIT */
/*
 * Text out of pieces without libc: the library's and the helper's ways to write an address must
 * agree, and be read back as the same; the helper's formatting must be that of snprintf(3).
 */
#include "preload/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "policy/address.h"
#include "policy/format.h"

enum { IPV4, MAPPED, IPV6, CUT_OFF };
static const char *const outcomes[] = {"IPv4", "v4-mapped", "IPv6", "cut off", NULL};

/* The first bytes of an input; what follows is a string to format. */
struct setting {
    uint8_t family, room;
    uint8_t size[2]; /* of the text to format into */
    uint8_t precision[4];
    uint8_t number[8];
    uint8_t address[26]; /* port, flow information, IPv6 address, scope */
};

/* [ADDRESS%SCOPE]:PORT or ADDRESS:PORT, by libc alone. */
static void check_written(const char *text, const struct sockaddr_in6 *address)
{
    char copy[80], *start = copy, *port = strrchr(strcpy(copy, text), ':'), *scope = NULL;
    unsigned char bytes[16];
    FUZZ_CHECK(port != NULL);
    *port++ = '\0';
    FUZZ_CHECK(strtoul(port, NULL, 10) == ntohs(address->sin6_port));
    if (address->sin6_family != AF_INET6) {
        FUZZ_CHECK(inet_pton(AF_INET, copy, bytes) == 1);
        FUZZ_CHECK(memcmp(bytes, &((const struct sockaddr_in *)address)->sin_addr, 4) == 0);
        return;
    }
    FUZZ_CHECK(copy[0] == '[' && port[-2] == ']');
    port[-2] = '\0';
    start++;
    scope = strchr(start, '%');
    FUZZ_CHECK((scope != NULL) == (address->sin6_scope_id != 0));
    if (scope != NULL) {
        *scope++ = '\0';
        FUZZ_CHECK(strtoul(scope, NULL, 10) == address->sin6_scope_id);
    }
    FUZZ_CHECK(inet_pton(AF_INET6, start, bytes) == 1);
    FUZZ_CHECK(memcmp(bytes, &address->sin6_addr, 16) == 0);
}

/* The helper judges v4-mapped addresses as IPv4 and writes them so. */
static void check_helpers(const char *text, const struct sockaddr_in6 *address)
{
    char own[ADDRESS_TEXT_MAX];
    const char *start = text;
    struct ip_address ip = {.family = AF_INET};
    if (address->sin6_family == AF_INET6) {
        ip = address_from_ipv6(address->sin6_addr.s6_addr);
        start += ip.family == AF_INET ? strlen("[::ffff:") : 1;
    } else {
        memcpy(ip.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
    }
    address_text(&ip, own);
    FUZZ_CHECK(strncmp(own, start, strlen(own)) == 0);
    FUZZ_CHECK(strchr("%]:", start[strlen(own)]) != NULL);
}

static int try_address(const struct setting *setting)
{
    struct sockaddr_in6 address = {.sin6_family = setting->family % 2 != 0 ? AF_INET6 : AF_INET};
    unsigned char bytes[128] = {0};
    char whole[128] = "";
    const size_t room = setting->room % 72;
    char *cut = malloc(room);
    struct text text = {whole, whole + sizeof whole - 1}, short_text = {cut, cut + room};
    memcpy((char *)&address + 2, setting->address, sizeof setting->address);
    memcpy(bytes, &address, sizeof address);
    text_address(&text, bytes, sizeof address);
    text_address(&short_text, bytes, sizeof bytes);
    const size_t length = strlen(whole);
    FUZZ_CHECK((size_t)(short_text.at - cut) == (length < room ? length : room));
    FUZZ_CHECK(memcmp(cut, whole, (size_t)(short_text.at - cut)) == 0);
    free(cut);
    check_written(whole, &address);
    check_helpers(whole, &address);
    return room < length                              ? CUT_OFF
           : address.sin6_family == AF_INET           ? IPV4
           : IN6_IS_ADDR_V4MAPPED(&address.sin6_addr) ? MAPPED
                                                      : IPV6;
}

/* One conversion of each kind, into a text of any size. */
static void try_format(const struct setting *setting, const char *string)
{
    const size_t size = 1 + (size_t)(setting->size[0] | setting->size[1] << 8) % 600;
    char *text = malloc(size), *expected = malloc(size);
    unsigned long number;
    int precision;
    memcpy(&number, setting->number, sizeof number);
    memcpy(&precision, setting->precision, sizeof precision);
#define TRY(...)                                                                                   \
    do {                                                                                           \
        const int whole = snprintf(expected, size, __VA_ARGS__);                                   \
        const size_t length = format_text(text, size, __VA_ARGS__);                                \
        FUZZ_CHECK(length == ((size_t)whole < size ? (size_t)whole : size - 1));                   \
        FUZZ_CHECK(strcmp(text, expected) == 0);                                                   \
    } while (0)
    TRY("%s: %.*s; %s", string, precision, string, string);
    TRY("%lu %ld %lx %zu", number, (long)number, number, (size_t)number);
    TRY("%u %d %x", (unsigned)number, (int)number, (unsigned)number);
    TRY("%d%s%u", (int)number, string, (unsigned)number);
#undef TRY
    free(expected);
    free(text);
}

/* What a terminal might obey must not be left. */
static void try_clean(char *string)
{
    const size_t length = strlen(string);
    format_clean(string);
    FUZZ_CHECK(strlen(string) == length);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(string[i] >= ' ' && string[i] <= '~');
}

static int run(const uint8_t *data, size_t size)
{
    struct setting setting;
    if (size < sizeof setting)
        return FUZZ_REJECTED;
    memcpy(&setting, data, sizeof setting);
    char *string = calloc(1, size - sizeof setting + 1);
    memcpy(string, data + sizeof setting, size - sizeof setting);
    try_format(&setting, string);
    try_clean(string);
    free(string);
    return try_address(&setting);
}

const struct fuzz_target fuzz_text = {"text", outcomes, run, NULL};
