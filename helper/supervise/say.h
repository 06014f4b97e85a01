/* SPDX-License-Identifier: MIT */
/* What the supervisor has to say, on the stderr that it shares with the command. */
#ifndef PRIVBIND_SAY_H
#define PRIVBIND_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "bind/service.h"

/* With is_verbose nothing is left out: PRIVBIND_DEBUG=1 of whoever started the launcher. */
void say_start(bool is_verbose);

/*
 * What came of a thread's bind. Only what privbind refused is said: that a port is taken, or an
 * address not there, a process with the capability would be told as well, and programs that look
 * for a free port are told that by the hundred. So a process hears of three refusals, and then that
 * there may be more.
 */
void say_outcome(uint32_t tid, const struct service_outcome *outcome);

/* That a thread's bind in another network namespace is left to the kernel. */
void say_other_network(uint32_t tid);

/*
 * That a thread may not be looked into, once a process. error is why, an errno; what was tried
 * follows "cannot" in the line.
 */
void say_forbidden(uint32_t tid, const char *what, int error);

#endif
