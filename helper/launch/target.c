/* SPDX-License-Identifier: MIT */
#include "launch/target.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "policy/rule.h"
#include "policy/span.h"

static bool parse_protocol(struct span text, struct target *target)
{
    const struct protocol *protocol = protocol_by_name(text);
    if (protocol == NULL)
        return false;
    target->protocol = protocol->bit;
    target->type = protocol->types[0];
    target->number = protocol->number;
    return true;
}

static bool parse_port(struct span text, struct target *target, char error[REASON_MAX])
{
    struct port_range range;
    if (memchr(text.at, '-', text.length) != NULL)
        return reason_set(error, "'%.*s' is a range; check one port at a time", SPAN_SHOWN(text));
    if (!rule_port_range(text, &range, error))
        return false;
    target->port = (uint16_t)range.low;
    return true;
}

static bool parse_ipv4(struct span text, struct target *target)
{
    char copy[INET_ADDRSTRLEN];
    if (text.length >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    target->address.ipv4.sin_family = AF_INET;
    target->address.ipv4.sin_port = htons(target->port);
    target->length = sizeof target->address.ipv4;
    return inet_pton(AF_INET, copy, &target->address.ipv4.sin_addr) == 1;
}

/* A link-local address needs its interface, as a name or a number: fe80::1%eth0. */
static bool parse_ipv6(struct span text, struct target *target)
{
    struct sockaddr_in6 *address = &target->address.ipv6;
    char copy[INET6_ADDRSTRLEN], interface[IF_NAMESIZE];
    struct span scope = text;
    text = span_cut(&scope, '%');
    if (text.length >= sizeof copy || scope.length >= sizeof interface)
        return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    memcpy(interface, scope.at, scope.length);
    interface[scope.length] = '\0';

    address->sin6_family = AF_INET6;
    address->sin6_port = htons(target->port);
    target->length = sizeof *address;
    unsigned long index = 0;
    if (scope.length > 0 && !span_number(scope, UINT32_MAX, &index))
        index = if_nametoindex(interface);
    address->sin6_scope_id = (uint32_t)index;
    return inet_pton(AF_INET6, copy, &address->sin6_addr) == 1 && (scope.length == 0 || index != 0);
}

static bool lacks_interface(const struct target *target)
{
    const struct sockaddr_in6 *address = &target->address.ipv6;
    return address->sin6_scope_id == 0 && IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
}

/* As people write "every address", or "this machine". */
static struct span address_meant(struct span text)
{
    if (text.length == 0 || span_is(text, "*"))
        return (struct span){"0.0.0.0", 7};
    return span_is(text, "localhost") ? (struct span){"127.0.0.1", 9} : text;
}

bool target_parse(const char *spec, struct target *target, char error[REASON_MAX])
{
    struct span protocol = {spec, strlen(spec)}, address = {"", 0};
    struct span port = span_cut(&protocol, '/');

    memset(target, 0, sizeof *target);
    if (!parse_protocol(port.length < strlen(spec) ? protocol : (struct span){"tcp", 3}, target))
        return reason_set(error, "'%.*s' is not a protocol (tcp, udp, ...)", SPAN_SHOWN(protocol));

    const char *colon = memrchr(port.at, ':', port.length);
    if (colon != NULL) {
        address = (struct span){port.at, (size_t)(colon - port.at)};
        port = (struct span){colon + 1, port.length - address.length - 1};
    }
    if (!parse_port(port, target, error))
        return false;
    if (address.length > 0 && address.at[0] == '[' && address.at[address.length - 1] == ']') {
        if (!parse_ipv6((struct span){address.at + 1, address.length - 2}, target))
            return reason_set(error, "'%.*s' is not an IPv6 address", SPAN_SHOWN(address));
        return !lacks_interface(target) ||
               reason_set(error, "'%.*s' needs its interface, as in [fe80::1%%eth0]",
                          SPAN_SHOWN(address));
    }
    if (memchr(address.at, ':', address.length) != NULL)
        return reason_set(error, "'%.*s' is not an IPv4 address; IPv6 wants brackets: [::1]:443",
                          SPAN_SHOWN(address));
    return parse_ipv4(address_meant(address), target) ||
           reason_set(error, "'%.*s' is not an IPv4 address", SPAN_SHOWN(address));
}

struct ip_address target_ip(const struct target *target)
{
    if (target->address.any.sa_family == AF_INET6)
        return address_from_ipv6(target->address.ipv6.sin6_addr.s6_addr);
    struct ip_address ip = {.family = AF_INET};
    memcpy(ip.bytes, &target->address.ipv4.sin_addr, sizeof target->address.ipv4.sin_addr);
    return ip;
}
