/* SPDX-License-Identifier: MIT */
/* Signals that are blocked here, to be passed on. */
#ifndef PRIVBIND_LAUNCH_SIGNALS_H
#define PRIVBIND_LAUNCH_SIGNALS_H

#include "bind/signals.h"
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Takes one of these signals, which must be blocked, if any is pending. Returns whether there was
 * one, and what the kernel knows of it.
 */
bool process_take_signal(process_signals signals, siginfo_t *info);

/* Returns the signals that are blocked and have come. */
process_signals process_pending_signals(void);

/* Returns the process group of a pidfd's process, -1 if it has ended or there is no /proc. */
pid_t process_group_of(int pidfd);

#endif
