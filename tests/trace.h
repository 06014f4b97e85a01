/* SPDX-License-Identifier: MIT */
/* Counting system calls, as root traces an unprivileged program with all that it starts. */
#ifndef PRIVBIND_TRACE_H
#define PRIVBIND_TRACE_H

#include <stdbool.h>

/* Between the marks of the host's scenario counted_binds__bound. */
enum { TRACE_START, TRACE_UNPRIVILEGED, TRACE_PRIVILEGED, TRACE_END, TRACE_SEGMENTS };

#define TRACE_BINDS 3 /* of that scenario: unprivileged, privileged, privileged again */

struct trace {
    int status;       /* of the program, as from waitpid(2) */
    unsigned segment; /* that it is in */
    unsigned calls[TRACE_SEGMENTS];
    unsigned calls_of_host[TRACE_SEGMENTS];    /* those among them that the program itself made */
    unsigned long helper_peak;                 /* memory of the helper in KiB; 0: none was seen */
    unsigned calls_of_supervisor[TRACE_BINDS]; /* for each bind that it was notified of */
    unsigned notifications;
};

/*
 * Runs the scenario of the program host in the sandbox, supervised if launcher is not NULL.
 * environment is NULL-terminated. Returns false if it cannot be traced. A tracer must have
 * CAP_SYS_PTRACE, or a traced program gains no capability when it is executed (ptrace(2)): the one
 * who calls this has to be root.
 */
bool trace_binds(const char *launcher, const char *host, const char *const *environment,
                 struct trace *trace);

#endif
