/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a connection. */
#ifndef PRIVBIND_PEER_H
#define PRIVBIND_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a connection's peer had that uid when it called connect(2) or, seen from a client,
 * listen(2) (unix(7), SO_PEERCRED). Names of sockets are for everybody to see and take. The id that
 * all unmapped users share is no peer's.
 */
bool peer_is(int connection, uid_t uid);

#endif
