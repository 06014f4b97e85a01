/* SPDX-License-Identifier: MIT */
/* IP addresses as the policy sees them. Pure. */
#ifndef PRIVBIND_ADDRESS_H
#define PRIVBIND_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "policy/span.h"

struct ip_address {
    sa_family_t family;      /* AF_INET or AF_INET6; a v4-mapped address is AF_INET */
    unsigned char bytes[16]; /* network byte order; 4 of them used for AF_INET */
};

/* Room for an address as text, its terminating NUL included: eight groups of four digits. */
#define ADDRESS_TEXT_MAX 40u

struct ip_network {
    struct ip_address address;
    unsigned prefix; /* bits that count: 0 to 32 or 128 */
};

enum address_error {
    ADDRESS_OK,
    ADDRESS_MALFORMED,
    ADDRESS_PREFIX,
    ADDRESS_MAPPED_PREFIX,
    ADDRESS_HOST_BITS,
};

/* Turns 16 bytes of IPv6 into an address, a v4-mapped one into IPv4 (RFC 4291, 2.5.5.2). */
struct ip_address address_from_ipv6(const unsigned char bytes[16]);

/*
 * Reads ADDRESS or ADDRESS/PREFIX; without a prefix the network is the one address. Bits beyond the
 * prefix must be zero: 10.1.2.3/8 may be meant as the address or as the network.
 */
enum address_error address_parse_network(struct span text, struct ip_network *network);

/* Writes an address as people do (RFC 5952): 192.0.2.1, 2001:db8::1. */
void address_text(const struct ip_address *address, char text[ADDRESS_TEXT_MAX]);

bool address_is_wildcard(const struct ip_address *address);

/*
 * Whether binding the address stays within the network. A wildcard takes every address there is, so
 * only the wildcard itself or prefix 0 covers it; a network that it lies in is not enough.
 */
bool address_is_covered(const struct ip_address *address, const struct ip_network *network);

#endif
