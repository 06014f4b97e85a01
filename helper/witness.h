/*
 * Was a signal sent to this process alone, or to its whole process group? A signal itself does not
 * say. So another process of the group, the witness, blocks all of them as this one does: what it
 * has got too came to all.
 */
#ifndef PRIVBIND_WITNESS_H
#define PRIVBIND_WITNESS_H

#include "process.h"

/*
 * Forks it, with every signal blocked. It ends with this process.
 *
 * Returns the socket to ask it by, or -1 with errno.
 */
int witness_start(void);

/*
 * Returns the signals that it has got since it was last asked. Each that has come to the group
 * before the call is among them, and has come to this process, too. None where the witness is gone.
 */
process_signals witness_ask(int witness);

#endif
