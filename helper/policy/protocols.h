/* SPDX-License-Identifier: MIT */
/* The protocols whose ports a rule can name: one row each. */
#ifndef PRIVBIND_PROTOCOLS_H
#define PRIVBIND_PROTOCOLS_H

#include <stddef.h>

#include "policy/span.h"

/* As bits, so that a rule may have several. */
enum {
    PROTOCOL_TCP = 1,
    PROTOCOL_UDP = 2,
    PROTOCOL_MPTCP = 4,
    PROTOCOL_UDPLITE = 8,
    PROTOCOL_SCTP = 16,
    PROTOCOL_DCCP = 32,
    PROTOCOL_ALL = 63,
};

struct protocol {
    char name[8];     /* as rules and messages have it */
    unsigned bit;     /* one PROTOCOL_ bit */
    unsigned covered; /* by a rule with that name: "tcp" means MPTCP, too, which is TCP to others */
    int number;       /* for socket(2), as types are */
    int types[2];     /* the usual one first; the same twice if there is no other */
};

/* Returns the protocol of a name, or NULL. */
const struct protocol *protocol_by_name(struct span name);

/* Returns the protocol with exactly this bit. */
const struct protocol *protocol_by_bit(unsigned bit);

/*
 * Returns the protocol of sockets with this number and type (socket(7), SO_PROTOCOL and SO_TYPE),
 * or NULL. CAP_NET_BIND_SERVICE also covers vsock and Bluetooth ports, which no rule is about, and
 * a raw socket may well have the number of TCP.
 */
const struct protocol *protocol_of_socket(int number, int type);

#endif
