/*
 * The supervisor of a command that LD_PRELOAD does not reach. It is the command's parent, so that
 * the kernel lets it look into the command and all that this starts (ptrace(2), Yama), and stands
 * for it towards its own parent: signals, stops, exit status.
 */
#ifndef PRIVBIND_SUPERVISOR_H
#define PRIVBIND_SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "ruling.h"

/*
 * Receives the filter's listener from the command, which waits at the other end of channel, and
 * lets it go on; then serves until the last descendant has ended. With all signals blocked, all
 * privileges but CAP_NET_BIND_SERVICE given up, and descriptors 1 and from 3 on free to use.
 *
 * failed    why it must not go on: told to the command, which then ends; else NULL
 * Returns the command's status, as waitpid(2) has it.
 */
int supervisor_run(struct subject *subject, int channel, pid_t command, const char *failed);

/* Ends this process as the command ended: with its exit status, or by the same signal. */
_Noreturn void supervisor_end(int status);

#endif
