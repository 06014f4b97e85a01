/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

static void put(struct text *text, char character)
{
    if (text->at < text->end)
        *text->at++ = character;
}

void text_string(struct text *text, const char *string)
{
    while (*string != '\0')
        put(text, *string++);
}

static void put_in_base(struct text *text, unsigned long number, unsigned base)
{
    char digits[3 * sizeof number];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    while (count > 0)
        put(text, digits[--count]);
}

void text_number(struct text *text, unsigned long number)
{
    put_in_base(text, number, 10);
}

static void put_ipv4(struct text *text, const unsigned char bytes[4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            put(text, '.');
        text_number(text, bytes[i]);
    }
}

static unsigned group_at(const unsigned char bytes[16], int index)
{
    const unsigned char *group = bytes + (ptrdiff_t)2 * index;
    return (unsigned)group[0] << 8 | group[1];
}

/* The longest run of two or more zero groups is written "::", the first of equals (RFC 5952). */
static void longest_zero_run(const unsigned char bytes[16], int *start, int *length)
{
    *start = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group_at(bytes, i + run) == 0)
            run++;
        if (run > *length) {
            *start = i;
            *length = run;
        }
    }
}

static void put_ipv6(struct text *text, const unsigned char bytes[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        text_string(text, "::ffff:");
        put_ipv4(text, bytes + 12);
        return;
    }

    int zero_start, zero_length;
    longest_zero_run(bytes, &zero_start, &zero_length);
    for (int i = 0; i < 8; i++) {
        if (i == zero_start) {
            text_string(text, "::");
            i += zero_length - 1;
        } else {
            if (i > 0 && i != zero_start + zero_length)
                put(text, ':');
            put_in_base(text, group_at(bytes, i), 16);
        }
    }
}

void text_address(struct text *text, const unsigned char *address, size_t length)
{
    struct sockaddr_in6 ipv6 = {0};
    memcpy(&ipv6, address, length < sizeof ipv6 ? length : sizeof ipv6);
    if (ipv6.sin6_family == AF_INET6) {
        put(text, '[');
        put_ipv6(text, ipv6.sin6_addr.s6_addr);
        if (ipv6.sin6_scope_id != 0) {
            put(text, '%');
            text_number(text, ipv6.sin6_scope_id);
        }
        put(text, ']');
    } else {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, &ipv6, sizeof ipv4);
        put_ipv4(text, (const unsigned char *)&ipv4.sin_addr);
    }
    put(text, ':');
    text_number(text, (unsigned)address[2] << 8 | address[3]); /* the same place in both */
}
