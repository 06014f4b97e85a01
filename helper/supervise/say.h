/* SPDX-License-Identifier: MIT */
/* What the supervisor has to say, on the stderr that it shares with the command. */
#ifndef PRIVBIND_SAY_H
#define PRIVBIND_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "bind/service.h"

/* With is_verbose nothing is left out: the launcher was started with PRIVBIND_DEBUG=1. */
void say_start(bool is_verbose);

/*
 * What came of a thread's bind. Only refusals by privbind are reported: a process with the
 * capability, too, would learn that a port is taken or an address missing, and programs that look
 * for a free port do so by the hundred. A process hears of three refusals, and then that there may
 * be more.
 */
void say_outcome(uint32_t tid, const struct service_outcome *outcome);

/* That a thread's bind in another network namespace is left to the kernel. */
void say_other_network(uint32_t tid);

/*
 * That a thread may not be looked into; not said twice in a row for the same process. error is why,
 * an errno; what was tried follows "cannot" in the line.
 */
void say_forbidden(uint32_t tid, const char *what, int error);

#endif
