/* SPDX-License-Identifier: MIT */
/*
 * The launcher's own process while a supervised command runs: it stands in for the command towards
 * whoever started it. It has the process id that they know, passes on the signals sent to that,
 * stops and continues as the command does, and ends as it ends. It holds no privilege.
 */
#ifndef PRIVBIND_PROXY_H
#define PRIVBIND_PROXY_H

#include <sys/types.h>

#include "resident/account.h"

/*
 * To be called with every signal blocked and SIGCHLD not ignored.
 *
 * account      whom root becomes, or NULL
 * supervisor   a child of this process, which is to become the supervisor
 * channel      to it, a SOCK_SEQPACKET socketpair: it sends a pidfd of the command, which has not
 *              been executed yet, waits for a byte, then reports (struct supervisor_report)
 */
_Noreturn void proxy_run(const struct account *account, pid_t supervisor, int channel);

#endif
