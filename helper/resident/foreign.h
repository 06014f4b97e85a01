/* SPDX-License-Identifier: MIT */
/*
 * Connections of other users to the resident helper. They may have queued descriptors there
 * (unix(7), SCM_RIGHTS), which a last close of the connection would close, too. If one of them is a
 * file on the peer's own FUSE file system, that close may never return, and not even SIGKILL ends
 * it. So such a connection stays open for as long as this process lives.
 */
#ifndef PRIVBIND_FOREIGN_H
#define PRIVBIND_FOREIGN_H

#include <stdbool.h>

/*
 * To be called once, before the others. Descriptors from first on are for connections that stay
 * open: nobody else may have one there.
 */
void foreign_start(int first);

/* Whether another connection could stay open. If not, accept none, and ask again in a moment. */
bool foreign_has_room(void);

/*
 * Lets go of a SOCK_SEQPACKET connection, without ever waiting. The caller has just been told that
 * there is room, and does not use the descriptor again.
 */
void foreign_turn_away(int connection);

#endif
