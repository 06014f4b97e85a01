/* SPDX-License-Identifier: MIT */
/* The library and LD_PRELOAD. */
#ifndef PRIVBIND_PRELOAD_H
#define PRIVBIND_PRELOAD_H

/*
 * Finds the library: beside this program's file, where it is built and where it may be in a
 * container; else where it is installed. Returns a path in static memory.
 */
const char *preload_path(void);

/*
 * Puts the library in front of what LD_PRELOAD holds, unless it is in there. Returns EXIT_SUCCESS,
 * or an exit status with what failed on stderr.
 */
int preload_add(void);

/* Takes every library of that name, and nothing else, out of LD_PRELOAD. */
void preload_remove(void);

#endif
