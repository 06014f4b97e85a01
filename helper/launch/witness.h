/* SPDX-License-Identifier: MIT */
/*
 * Was a signal sent to this process alone, or to its whole process group? A signal itself does not
 * say. So another process of the group, the witness, blocks all signals as this one does: a signal
 * that the witness has got, too, came to the whole group.
 */
#ifndef PRIVBIND_WITNESS_H
#define PRIVBIND_WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "bind/signals.h"

struct witness {
    pid_t pid;                 /* 0 if there is none, or it has been waited for */
    int channel;               /* for asking it; may be moved */
    process_signals for_group; /* what it has got, and this process has yet to take */
};

/*
 * Forks it, with every signal blocked. It ends with this process at the latest. Returns false, with
 * errno, if it cannot be had.
 */
bool witness_start(struct witness *witness);

/*
 * Whether a signal that this process has just taken has come to its whole process group, too. With
 * number 0, when all have been taken, it only updates what it knows. Once the witness is gone, only
 * what it had answered before counts.
 */
bool witness_saw(struct witness *witness, int number);

/*
 * Ends it, and reaps it: otherwise process 1, which may not reap other processes' children, or
 * another subreaper would have to.
 */
void witness_end(const struct witness *witness);

#endif
