/* SPDX-License-Identifier: MIT */
/* arpa/inet.h: parses a rule's address, and converts the order of bytes. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

uint16_t(ntohs)(uint16_t number)
{
    const unsigned char *bytes = (const unsigned char *)&number;
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

uint32_t(htonl)(uint32_t number)
{
    uint32_t result;
    const unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                   (unsigned char)(number >> 8), (unsigned char)number};
    memcpy(&result, bytes, sizeof result);
    return result;
}

static int digit(char character, int base)
{
    int value = base;
    if (character >= '0' && character <= '9')
        value = character - '0';
    else if (character >= 'a' && character <= 'f')
        value = character - 'a' + 10;
    else if (character >= 'A' && character <= 'F')
        value = character - 'A' + 10;
    return value < base ? value : -1;
}

/* A leading zero would be octal to some. */
static bool parse_ipv4(const char *text, unsigned char bytes[4])
{
    for (int i = 0; i < 4; i++) {
        int value = digit(*text++, 10);
        if (value < 0)
            return false;
        for (; digit(*text, 10) >= 0; text++) {
            value = value == 0 ? 256 : value * 10 + digit(*text, 10);
            if (value > 255)
                return false;
        }
        bytes[i] = (unsigned char)value;
        if (*text != (i < 3 ? '.' : '\0'))
            return false;
        text++;
    }
    return true;
}

/* Moves what follows "::" to the end. */
static bool fill_gap(unsigned char bytes[16], int gap, int length)
{
    if (gap < 0)
        return length == 16;
    for (int at = 15; at >= gap && length < 16; at--) {
        const int from = at - (16 - length);
        bytes[at] = from >= gap ? bytes[from] : 0;
    }
    return length < 16;
}

static bool parse_ipv6(const char *text, unsigned char bytes[16])
{
    int length = 0, gap = -1; /* where "::" is, or -1 */
    if (*text == ':' && *++text != ':')
        return false;
    while (*text != '\0') {
        if (*text == ':') { /* the second in a row */
            if (gap >= 0)
                return false;
            gap = length;
            text++;
            continue;
        }
        int digits = 0, value = 0;
        for (; digits < 4 && digit(text[digits], 16) >= 0; digits++)
            value = value * 16 + digit(text[digits], 16);
        if (text[digits] == '.')
            return length <= 12 && parse_ipv4(text, bytes + length) &&
                   fill_gap(bytes, gap, length + 4);
        if (digits == 0 || length == 16)
            return false;
        bytes[length++] = (unsigned char)(value >> 8);
        bytes[length++] = (unsigned char)value;
        text += digits;
        if (*text != '\0' && (*text++ != ':' || *text == '\0'))
            return false;
    }
    return fill_gap(bytes, gap, length);
}

int inet_pton(int family, const char *restrict text, void *restrict to)
{
    unsigned char bytes[16];
    const bool is_ipv4 = family == AF_INET;
    if (!(is_ipv4 ? parse_ipv4(text, bytes) : parse_ipv6(text, bytes)))
        return 0;
    memcpy(to, bytes, is_ipv4 ? 4 : 16);
    return 1;
}
