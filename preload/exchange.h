/* SPDX-License-Identifier: MIT */
/*
 * The exchange with a helper over delegation->channel[0]: one request, one reply. For the broker:
 * raw system calls only. Results below 0 are negated errno values.
 */
#ifndef PRIVBIND_EXCHANGE_H
#define PRIVBIND_EXCHANGE_H

#include "delegation.h"

/* CLOCK_MONOTONIC in milliseconds. */
uint64_t exchange_clock(void);

/*
 * Connects channel[0] to the resident helper. A helper of another user is refused with -EPERM: its
 * name may have been taken over after the helper's end. So is one whose id may be anybody's.
 */
long exchange_connect(struct delegation *delegation);

/* Sends the request and, with it, the socket. */
long exchange_send(struct delegation *delegation);

/* Whether a reply, or the end of the connection, comes within time, in milliseconds. */
bool exchange_reply_comes(const struct delegation *delegation, long time);

/* Tells the helper that nobody waits any more. A reply that is there can still be received. */
void exchange_hang_up(const struct delegation *delegation);

/* Takes a reply that is there. Returns false if there is none, or no valid one. */
bool exchange_receive(struct delegation *delegation);

/* The socket's local port; 0 if it has none. */
#define EXCHANGE_PORT_UNKNOWN ~0u
unsigned exchange_local_port(const struct delegation *delegation);

/*
 * Whether the socket was bound although no answer came: a helper may have been killed between
 * bind(2) and its reply, and then only the socket knows. It had no port before, and now has the one
 * that was asked for.
 */
bool exchange_is_bound(const struct delegation *delegation);

/* Whether, after a success, the socket has a different port from the one that was asked for, or
   none. */
bool exchange_is_elsewhere(const struct delegation *delegation);

#endif
