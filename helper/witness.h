/*
 * Was a signal sent to this process alone, or to its whole process group? A signal itself does not
 * say. So another process of the group, the witness, blocks all of them as this one does: what it
 * has got too came to all.
 */
#ifndef PRIVBIND_WITNESS_H
#define PRIVBIND_WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "process.h"

struct witness {
    pid_t pid;   /* 0 if there is none, or it has been waited for */
    int channel; /* to ask it by; may be moved */
};

/*
 * Forks it, with every signal blocked. It ends with this process at the latest. Returns false, with
 * errno, if it cannot be had.
 */
bool witness_start(struct witness *witness);

/*
 * Returns the signals that it has got since it was last asked. Each that has come to the group
 * before the call is among them, and has come to this process, too. None where the witness is gone.
 */
process_signals witness_ask(const struct witness *witness);

/*
 * Ends it, and waits for that: else process 1, which may not care for children of others, or
 * another subreaper would have to.
 */
void witness_end(const struct witness *witness);

#endif
