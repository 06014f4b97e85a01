/* SPDX-License-Identifier: MIT */
/*
 * A decision is good for a moment only. Whoever owns a process can stop it at any point (SIGSTOP,
 * or a frozen cgroup), even between a decision and its bind(2), and let it run on when the rule
 * that allowed the bind is long gone. Before a stopped process runs on, the kernel delivers its
 * pending signals: the timer's, and the SIGCONT that ended the stop. Their handler lowers the
 * capability and makes the decision void; the code that raises the capability checks for that
 * afterwards.
 */
#ifndef PRIVBIND_DEADLINE_H
#define PRIVBIND_DEADLINE_H

#include <stdbool.h>

/* What the end of the time means. */
enum deadline_end {
    DEADLINE_ENDS_REQUEST, /* the decision is void */
    DEADLINE_ENDS_PROCESS, /* the process exits, having nothing else to do */
};

/*
 * Installs the handlers and blocks every other signal: one that the caller sends, or has left
 * pending, must not stop a bind half way. deadline_start() comes after it: process 1 of a PID
 * namespace gets no signal that it has no handler for.
 */
void deadline_install(enum deadline_end end);

/* A request is served from now on. It has that many milliseconds, in all. */
void deadline_start(unsigned time);

/* The decision begins: a stop before this does no harm. */
void deadline_decide(void);

/*
 * Whether this process was stopped since it began to decide; if so, the decision is to be made
 * again. To be asked while the capability is effective, or afterwards.
 */
bool deadline_was_stopped(void);

/* Whether nothing may be bound any more: the time is over, or no timer could be set. */
bool deadline_is_over(void);

/* The request has been served. */
void deadline_stop(void);

#endif
