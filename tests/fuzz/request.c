/* SPDX-License-Identifier: MIT */
/*
 * The request against the kind of its socket: three bytes that choose domain, type and protocol,
 * then the message as it is on the wire.
 */
#include "bind/request.h"

#include <netinet/in.h>
#include <string.h>

#include "fuzz.h"
#include "policy/rule.h"

enum { REFUSED, IPV4, UNSPECIFIED, MAPPED, IPV6 };
static const char *const outcomes[] = {"refused", "IPv4", "AF_UNSPEC", "v4-mapped", "IPv6", NULL};

#define MPTCP 262
static const int domains[] = {AF_INET, AF_INET6, AF_UNSPEC, AF_UNIX, AF_VSOCK, AF_BLUETOOTH, -1};
static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_DCCP, SOCK_RAW, 0};
static const int protocols[] = {6, 17, MPTCP, 136, 132, 33, 0, 1, 255};

/* The pairs that DESIGN and manual name, written out. */
static const char *expected_protocol(const struct socket_kind *kind)
{
    switch (kind->protocol) {
    case 6:
        return kind->type == SOCK_STREAM ? "tcp" : NULL;
    case MPTCP:
        return kind->type == SOCK_STREAM ? "mptcp" : NULL;
    case 17:
        return kind->type == SOCK_DGRAM ? "udp" : NULL;
    case 136:
        return kind->type == SOCK_DGRAM ? "udplite" : NULL;
    case 132:
        return kind->type == SOCK_STREAM || kind->type == SOCK_SEQPACKET ? "sctp" : NULL;
    case 33:
        return kind->type == SOCK_DCCP ? "dccp" : NULL;
    default:
        return NULL;
    }
}

static int all_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0)
            return 0;
    }
    return 1;
}

/* As the kernel's bind(2) takes addresses, with the ports that the helper is for. */
static int expect(const unsigned char *address, uint32_t length, const struct socket_kind *kind)
{
    uint16_t family;
    memcpy(&family, address, sizeof family);
    if (length < 2 || length > 128 || expected_protocol(kind) == NULL || all_zero(address + 2, 2))
        return REFUSED;
    if (kind->domain == AF_INET && length >= 16) {
        if (family == AF_UNSPEC)
            return all_zero(address + 4, 4) ? UNSPECIFIED : REFUSED;
        return family == AF_INET ? IPV4 : REFUSED;
    }
    if (kind->domain != AF_INET6 || family != AF_INET6 || length < 24)
        return REFUSED;
    return all_zero(address + 8, 10) && address[18] == 0xff && address[19] == 0xff ? MAPPED : IPV6;
}

static void check_request(const struct request *request, const struct privbind_request *message,
                          const struct socket_kind *kind, int outcome)
{
    const unsigned char *address = message->address;
    FUZZ_CHECK(request->length == message->address_length);
    FUZZ_CHECK(memcmp(request->bound.bytes, address, sizeof message->address) == 0);
    FUZZ_CHECK(request->port == (address[2] << 8 | address[3]));
    FUZZ_CHECK(strcmp(protocol_by_bit(request->protocol)->name, expected_protocol(kind)) == 0);
    FUZZ_CHECK((request->protocol & (request->protocol - 1)) == 0);
    FUZZ_CHECK(request->address.family == (outcome == IPV6 ? AF_INET6 : AF_INET));
    const size_t start = outcome == IPV6 ? 8 : outcome == MAPPED ? 20 : 4;
    const size_t size = outcome == IPV6 ? 16 : 4;
    FUZZ_CHECK(memcmp(request->address.bytes, address + start, size) == 0);
    FUZZ_CHECK(all_zero(request->address.bytes + size, sizeof request->address.bytes - size));
}

static int run(const uint8_t *data, size_t size)
{
    struct privbind_request message = {0};
    struct request request;
    if (size < 3 || size > 3 + sizeof message)
        return FUZZ_REJECTED;
    const struct socket_kind kind = {domains[data[0] % COUNT(domains)],
                                     types[data[1] % COUNT(types)],
                                     protocols[data[2] % COUNT(protocols)]};
    memcpy(&message, data + 3, size - 3);
    memset(&request, 0xa5, sizeof request); /* nothing of it may be left as it was */
    const int outcome = expect(message.address, message.address_length, &kind);
    const char *wrong = request_check(&message, &kind, &request);
    if ((wrong == NULL) != (outcome != REFUSED))
        fuzz_finding("domain %d, type %d, protocol %d: %s, expected %s", kind.domain, kind.type,
                     kind.protocol, wrong == NULL ? "taken" : wrong, outcomes[outcome]);
    if (wrong == NULL)
        check_request(&request, &message, &kind, outcome);
    return outcome;
}

/* Mostly a socket and an address that fit together, which bytes changed at random hardly ever do.
 */
static size_t mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed, fuzz_bytes *bytes)
{
    static const uint8_t kinds[][2] = {{0, 0}, {1, 1}, {0, 2}, {1, 3}, {0, 4}, {2, 4}, {3, 5}};
    static const uint32_t lengths[] = {16, 24, 28, 128, 15, 23, 129, 2};
    const size_t address = 3 + offsetof(struct privbind_request, address);
    size = bytes(data, size, size_max);
    if (seed % 4 == 0 || size < address + 24)
        return size;
    data[0] = seed / 4 % 3 % 2;
    memcpy(data + 1, kinds[seed / 16 % COUNT(kinds)], sizeof kinds[0]);
    const uint32_t length = lengths[seed / 128 % COUNT(lengths)];
    memcpy(data + 3 + offsetof(struct privbind_request, address_length), &length, sizeof length);
    const uint16_t family = seed / 1024 % 8 == 0 ? AF_UNSPEC : (uint16_t)domains[data[0]];
    memcpy(data + address, &family, sizeof family);
    if (seed / 8192 % 4 == 0)
        memcpy(data + address + 8, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12); /* v4-mapped */
    if (seed / 32768 % 4 == 0)
        memset(data + address + 4, 0, 4);
    return size;
}

const struct fuzz_target fuzz_request = {"request", outcomes, run, mutate};
