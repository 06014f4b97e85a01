/* SPDX-License-Identifier: MIT */
#include "policy/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "policy/format.h"

static const unsigned char mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

struct ip_address address_from_ipv6(const unsigned char bytes[16])
{
    struct ip_address address = {.family = AF_INET6};
    if (memcmp(bytes, mapped_prefix, sizeof mapped_prefix) == 0) {
        address.family = AF_INET;
        memcpy(address.bytes, bytes + sizeof mapped_prefix, 4);
    } else {
        memcpy(address.bytes, bytes, 16);
    }
    return address;
}

static unsigned width(const struct ip_address *address)
{
    return address->family == AF_INET ? 32 : 128;
}

static bool has_host_bits(const struct ip_network *network)
{
    for (unsigned bit = network->prefix; bit < width(&network->address); bit++) {
        if (network->address.bytes[bit / 8] & 0x80 >> bit % 8)
            return true;
    }
    return false;
}

enum address_error address_parse_network(struct span text, struct ip_network *network)
{
    char string[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    struct span prefix_text = text;
    struct span address_text = span_cut(&prefix_text, '/');
    bool has_prefix = address_text.length < text.length;

    if (address_text.length >= sizeof string ||
        memchr(address_text.at, '\0', address_text.length) != NULL)
        return ADDRESS_MALFORMED;
    memcpy(string, address_text.at, address_text.length);
    string[address_text.length] = '\0';

    unsigned written_width = 32;
    *network = (struct ip_network){.address.family = AF_INET};
    if (inet_pton(AF_INET, string, network->address.bytes) != 1) {
        if (inet_pton(AF_INET6, string, bytes) != 1)
            return ADDRESS_MALFORMED;
        network->address = address_from_ipv6(bytes);
        written_width = 128;
    }

    unsigned long prefix = written_width;
    if (has_prefix && !span_number(prefix_text, written_width, &prefix))
        return ADDRESS_PREFIX;
    unsigned mapped_bits = written_width - width(&network->address);
    if (prefix < mapped_bits)
        return ADDRESS_MAPPED_PREFIX;
    network->prefix = (unsigned)prefix - mapped_bits;
    return has_host_bits(network) ? ADDRESS_HOST_BITS : ADDRESS_OK;
}

static unsigned group_at(const struct ip_address *address, int index)
{
    const unsigned char *group = address->bytes + (ptrdiff_t)2 * index;
    return (unsigned)group[0] << 8 | group[1];
}

/* The longest run of two or more zero groups is written "::", the first of equals (RFC 5952). */
static int longest_zero_run(const struct ip_address *address, int *length)
{
    int start = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && group_at(address, i + run) == 0)
            run++;
        if (run > *length) {
            start = i;
            *length = run;
        }
    }
    return start;
}

void address_text(const struct ip_address *address, char text[ADDRESS_TEXT_MAX])
{
    const unsigned char *bytes = address->bytes;
    if (address->family == AF_INET) {
        format_text(text, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        return;
    }
    int zeros, start = longest_zero_run(address, &zeros);
    size_t length = 0;
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            length += format_text(text + length, ADDRESS_TEXT_MAX - length, "::");
            i += zeros - 1;
        } else {
            length += format_text(text + length, ADDRESS_TEXT_MAX - length, "%s%x",
                                  i > 0 && i != start + zeros ? ":" : "", group_at(address, i));
        }
    }
}

bool address_is_wildcard(const struct ip_address *address)
{
    static const unsigned char zero[16];
    return memcmp(address->bytes, zero, sizeof zero) == 0;
}

static bool same_bits(const unsigned char *left, const unsigned char *right, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(left, right, whole) != 0)
        return false;
    return rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0;
}

bool address_is_covered(const struct ip_address *address, const struct ip_network *network)
{
    if (address->family != network->address.family)
        return false;
    if (address_is_wildcard(address) && network->prefix != 0)
        return address_is_wildcard(&network->address) && network->prefix == width(address);
    return same_bits(address->bytes, network->address.bytes, network->prefix);
}
