/* SPDX-License-Identifier: MIT */
/* Root traces an unprivileged program with all that it starts, and counts system calls. */
#ifndef PRIVBIND_TRACE_H
#define PRIVBIND_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

struct ptrace_syscall_info;

/*
 * Is called for each stop of a process; may step through that process meanwhile.
 *
 * status  as from waitpid(2)
 * call    the system call that it is about to make, or NULL
 */
typedef void trace_watch(void *context, pid_t pid, int status,
                         const struct ptrace_syscall_info *call);

/*
 * Runs a program in the sandbox as the unprivileged target. argv and environment are
 * NULL-terminated; output and errors, which are not closed, become its descriptors 1 and 2. Returns
 * false if it cannot be traced; else status is the program's, as from waitpid(2). A tracer must
 * have CAP_SYS_PTRACE, or a traced program gains no capability when it is executed (ptrace(2)): the
 * one who calls this has to be root.
 */
bool trace_run(const char *const *argv, const char *const *environment, int output, int errors,
               trace_watch *watch, void *context, int *status);

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
 * Runs the scenario of the program host as trace_run() does, supervised if launcher is not NULL.
 */
bool trace_binds(const char *launcher, const char *host, const char *const *environment,
                 struct trace *trace);

#endif
