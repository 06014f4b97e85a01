/* SPDX-License-Identifier: MIT */
/*
 * The supervisor of a command that LD_PRELOAD does not reach. It is the command's parent, so that
 * the kernel lets it look into the command and all that the command starts (ptrace(2), Yama). For
 * signals, terminal and exit status the launcher stands above it, without any privilege (proxy.h):
 * the supervisor, which holds the capability, only tells it what becomes of the command.
 */
#ifndef PRIVBIND_WATCH_H
#define PRIVBIND_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/ruling.h"

/* Its second argument, if it is to report everything. */
#define SUPERVISOR_VERBOSE "verbose"

/* Its descriptors: SOCK_SEQPACKET socketpairs to the command and to the launcher. */
enum { SUPERVISOR_COMMAND, SUPERVISOR_LAUNCHER };

/*
 * What the launcher is told, each time that the command stops, goes on, or ends. If states follow
 * each other fast, or faster than the launcher reads, it may be told only the last.
 */
struct supervisor_report {
    int32_t status; /* as waitpid(2) has it, with WUNTRACED and WCONTINUED */
    int32_t stays;  /* the command has ended, but others that it has started go on and are served */
};

/*
 * Receives the filter's listener from the command, and lets it go on; then serves until the last
 * descendant has ended. To be called with all signals blocked, all privileges but
 * CAP_NET_BIND_SERVICE given up, and descriptors from 3 on free to use.
 *
 * command   a child of this process
 * failed    why it must not serve: told to the command; else NULL
 */
_Noreturn void watch_over(struct subject *subject, pid_t command, const char *failed);

#endif
