/* SPDX-License-Identifier: MIT */
#include "doctor/cover.h"

#include <stdint.h>
#include <string.h>

#include "policy/address.h"
#include "policy/policy.h"
#include "policy/protocols.h"

static bool id_of(struct span item, struct span file, unsigned long *id)
{
    struct id_entry entry;
    if (span_number(item, ID_MAX, id))
        return true;
    if (!id_file_find(file, item, &entry))
        return false;
    *id = entry.id;
    return true;
}

static bool has_id(struct span list, struct span item, struct span file)
{
    unsigned long wanted = 0, id = 0;
    const bool is_known = id_of(item, file, &wanted);
    while (list.length > 0) {
        struct span other = span_cut(&list, ',');
        if (span_equal(other, item) || (is_known && id_of(other, file, &id) && id == wanted))
            return true;
    }
    return false;
}

static bool who_is_covered(const struct rule *later, const struct rule *earlier,
                           const struct id_names *known)
{
    if (earlier->kind == WHO_ANYONE)
        return true;
    if (later->kind != earlier->kind)
        return false;
    struct span rest = later->who;
    while (rest.length > 0) {
        if (!has_id(earlier->who, span_cut(&rest, ','),
                    earlier->kind == WHO_USER ? known->passwd : known->group))
            return false;
    }
    return true;
}

/* The first port from low on that no range of the list has. */
static unsigned long first_not_in(struct span list, unsigned long low)
{
    char ignored[REASON_MAX];
    struct port_range range = {0, 0};
    struct span rest = list;
    while (rest.length > 0) {
        if (rule_port_range(span_cut(&rest, ','), &range, ignored) && range.low <= low &&
            low <= range.high) {
            low = range.high + 1;
            rest = list; /* an earlier range may go on from here */
        }
    }
    return low;
}

static bool ports_are_covered(const struct rule *later, const struct rule *earlier)
{
    char ignored[REASON_MAX];
    struct port_range range = {1, UINT16_MAX};
    struct span rest = later->ports;
    if (earlier->ports.length == 0)
        return true;
    if (rest.length == 0)
        return first_not_in(earlier->ports, range.low) > range.high;
    while (rest.length > 0) {
        if (!rule_port_range(span_cut(&rest, ','), &range, ignored) ||
            first_not_in(earlier->ports, range.low) <= range.high)
            return false;
    }
    return true;
}

static bool is_within(const struct ip_network *inner, const struct ip_network *outer)
{
    if (outer->prefix > inner->prefix)
        return false;
    /* A network that begins with the address 0 is not "the wildcard" here. */
    const bool is_same =
        outer->prefix == inner->prefix && outer->address.family == inner->address.family &&
        memcmp(outer->address.bytes, inner->address.bytes, sizeof outer->address.bytes) == 0;
    return is_same || address_is_covered(&inner->address, outer);
}

static bool is_in_list(const struct ip_network *network, struct span list)
{
    struct ip_network outer;
    while (list.length > 0) {
        if (address_parse_network(span_cut(&list, ','), &outer) == ADDRESS_OK &&
            is_within(network, &outer))
            return true;
    }
    return false;
}

static bool is_wildcard_alone(const struct ip_network *network)
{
    return address_is_wildcard(&network->address) &&
           network->prefix == (network->address.family == AF_INET ? 32 : 128);
}

/*
 * The two wildcards follow a rule of their own, which policy.c knows; all other addresses are
 * compared as networks.
 */
static bool addresses_are_covered(const struct rule *later, const struct rule *earlier)
{
    static const struct ip_network all[] = {{.address.family = AF_INET},
                                            {.address.family = AF_INET6}};
    struct span rest = later->addresses;
    struct ip_network network;
    if (earlier->addresses.length == 0)
        return true;
    for (size_t i = 0; i < 2; i++) {
        if (policy_addresses_match(later, &all[i].address) &&
            !policy_addresses_match(earlier, &all[i].address))
            return false;
    }
    if (rest.length == 0)
        return is_in_list(&all[0], earlier->addresses) && is_in_list(&all[1], earlier->addresses);
    while (rest.length > 0) {
        if (address_parse_network(span_cut(&rest, ','), &network) != ADDRESS_OK ||
            (!is_wildcard_alone(&network) && !is_in_list(&network, earlier->addresses)))
            return false;
    }
    return true;
}

bool rule_is_covered(const struct rule *later, const struct rule *earlier,
                     const struct id_names *known)
{
    return (later->protocols & ~earlier->protocols) == 0 && ports_are_covered(later, earlier) &&
           addresses_are_covered(later, earlier) && who_is_covered(later, earlier, known);
}
