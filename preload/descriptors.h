/* SPDX-License-Identifier: MIT */
/* The broker's table of descriptors: not the host's, and with room. Raw system calls only. */
#ifndef PRIVBIND_DESCRIPTORS_IN_LIBRARY_H
#define PRIVBIND_DESCRIPTORS_IN_LIBRARY_H

#include "delegation.h"

/*
 * Leaves the host's table, which this process was started with, for one of its own that holds 0 to
 * 2 and the socket. Returns false if it still has the host's, in which nothing has changed.
 */
bool descriptors_leave(int socket);

/*
 * Calls open(delegation), and again with ever fewer descriptors in this process's own table, as
 * long as it returns -EMFILE. Returns what open returned last.
 */
long descriptors_make_room(struct delegation *delegation, long (*open)(struct delegation *));

#endif
