/* SPDX-License-Identifier: MIT */
/*
 * Connections of other users to the resident helper. They may have queued descriptors there
 * (unix(7), SCM_RIGHTS), which a last close of the connection would close, too. That may never
 * return, and not even SIGKILL ends it: a file on their own FUSE file system waits for an answer, a
 * pipe for a splice(2) into it. And whatever is done to a connection may take long: the kernel
 * wakes all that its peer has registered for it, such as a million entries of epoll(7). So another
 * process does the close, and nothing else is done. It gets the connections of one second, and only
 * a few such processes may be there at a time.
 */
#ifndef PRIVBIND_FOREIGN_H
#define PRIVBIND_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * To be called once, before the others. Descriptors from first on are for connections that wait for
 * their close: nobody else may have one there.
 */
void foreign_start(int first);

/*
 * Does what is due. To be called before each wait, with the time in milliseconds. Returns how long
 * that wait may take, in milliseconds; -1: as long as it likes.
 */
int foreign_tidy(int64_t now);

/* Whether another connection could wait here. If not, accept none until foreign_tidy() has made
   room. */
bool foreign_has_room(void);

/*
 * Lets go of a SOCK_SEQPACKET connection, without ever waiting. The caller knows that there is
 * room, and does not use the descriptor again.
 */
void foreign_turn_away(int connection);

#endif
