/* SPDX-License-Identifier: MIT */
/* The clients of the resident helper that have connected and not sent their request yet. */
#ifndef PRIVBIND_CLIENTS_H
#define PRIVBIND_CLIENTS_H

#include "policy/ruling.h"

/*
 * Serves every client of subject's uid that connects to listener, one request each, until
 * the descriptor end becomes readable or fails. A client that says nothing holds nobody up.
 *
 * listener  a listening SOCK_SEQPACKET socket, not blocking
 * end       a pidfd; -1 for none
 */
void clients_serve(struct subject *subject, int listener, int end);

#endif
