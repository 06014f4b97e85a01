/* SPDX-License-Identifier: MIT */
#include "policy/protocols.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "machine/numbers.h"

static const struct protocol protocols[] = {
    {"tcp", PROTOCOL_TCP, PROTOCOL_TCP | PROTOCOL_MPTCP, IPPROTO_TCP, {SOCK_STREAM, SOCK_STREAM}},
    {"udp", PROTOCOL_UDP, PROTOCOL_UDP, IPPROTO_UDP, {SOCK_DGRAM, SOCK_DGRAM}},
    {"mptcp", PROTOCOL_MPTCP, PROTOCOL_MPTCP, IPPROTO_MPTCP, {SOCK_STREAM, SOCK_STREAM}},
    {"udplite", PROTOCOL_UDPLITE, PROTOCOL_UDPLITE, IPPROTO_UDPLITE, {SOCK_DGRAM, SOCK_DGRAM}},
    {"sctp", PROTOCOL_SCTP, PROTOCOL_SCTP, IPPROTO_SCTP, {SOCK_STREAM, SOCK_SEQPACKET}},
    {"dccp", PROTOCOL_DCCP, PROTOCOL_DCCP, IPPROTO_DCCP, {SOCK_DCCP, SOCK_DCCP}},
};
#define END (protocols + sizeof protocols / sizeof protocols[0])

const struct protocol *protocol_by_name(struct span name)
{
    for (const struct protocol *protocol = protocols; protocol < END; protocol++) {
        if (span_is(name, protocol->name))
            return protocol;
    }
    return NULL;
}

const struct protocol *protocol_by_bit(unsigned bit)
{
    const struct protocol *protocol = protocols;
    while (protocol < END - 1 && protocol->bit != bit)
        protocol++;
    return protocol;
}

const struct protocol *protocol_of_socket(int number, int type)
{
    for (const struct protocol *protocol = protocols; protocol < END; protocol++) {
        if (protocol->number == number &&
            (protocol->types[0] == type || protocol->types[1] == type))
            return protocol;
    }
    return NULL;
}
