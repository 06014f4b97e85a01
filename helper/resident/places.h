/* SPDX-License-Identifier: MIT */
/* Where a process that is to serve others has its descriptors. */
#ifndef PRIVBIND_PLACES_H
#define PRIVBIND_PLACES_H

#include <stdbool.h>

#define PLACES_MAX 8

/* Instead of a descriptor: the place is closed, or keeps what it has. */
enum { PLACES_CLOSED = -1, PLACES_KEPT = -2 };

/*
 * Puts descriptors in their places, whatever numbers they have now: one may well be in another's
 * place, if the process was started with standard descriptors closed. Those in their places are not
 * closed by execve(2); all from count on stay as they are, for process_close_from().
 *
 * from    for each place from 0 to count - 1 the descriptor, or one of the above
 * count   at most PLACES_MAX
 * Returns false if there are too few descriptors; then none has been moved.
 */
bool places_arrange(const int from[], int count);

#endif
