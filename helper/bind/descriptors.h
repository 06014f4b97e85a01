/* Descriptors that somebody else has left, or may have had a hand in. */
#ifndef PRIVBIND_DESCRIPTORS_H
#define PRIVBIND_DESCRIPTORS_H

#include <stdbool.h>

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

#define DESCRIPTORS_PLACES_MAX 8

/* Instead of a descriptor: the place is closed, or keeps what it has. */
enum { DESCRIPTORS_CLOSED = -1, DESCRIPTORS_KEPT = -2 };

/*
 * Puts descriptors in their places, whatever numbers they have now: one may well be in another's
 * place, where its process was started with standard descriptors closed. Those in their places are
 * not closed by execve(2); all from count on stay as they are, for process_close_from().
 *
 * from    for each place from 0 to count - 1 the descriptor, or one of the above
 * count   at most DESCRIPTORS_PLACES_MAX
 * Returns false where there are too few descriptors; then none has been moved.
 */
bool descriptors_arrange(const int from[], int count);

#endif
