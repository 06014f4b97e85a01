/* SPDX-License-Identifier: MIT */
/*
 * Fault injection: root traces a program with all that it starts, and at one system call of one of
 * the processes makes it fail, kills that process, or stops it.
 */
#ifndef PRIVBIND_INJECT_H
#define PRIVBIND_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "machine/numbers.h"

#ifndef SYS_newfstatat /* as 32-bit machines call it */
#define SYS_newfstatat SYS_fstatat64
#endif

/* Who makes a call. By name of the program, and by whose child it is. */
enum inject_role {
    INJECT_OTHER,
    INJECT_LAUNCHER, /* privbind */
    INJECT_RESIDENT, /* its child, which executes nothing */
    INJECT_HOST,
    INJECT_BROKER, /* the host's child */
    INJECT_CHILD,  /* the broker's, up to its execve(2) */
    INJECT_HELPER, /* privbind-helper, or privbind-supervisor */
    INJECT_ROLES
};
extern const char *const inject_role_names[INJECT_ROLES];

enum inject_action {
    INJECT_NOTHING,
    INJECT_ERROR,          /* the call is not made and fails */
    INJECT_ERROR_AFTER,    /* it is made, and fails all the same, as close(2) does */
    INJECT_KILL_BEFORE,    /* SIGKILL, and the call is not made */
    INJECT_KILL_AFTER,     /* SIGKILL, when it has been made */
    INJECT_STOP,           /* SIGSTOP, when it has been made; continued after the host's bind(2) */
    INJECT_STOP_CONTINUED, /* SIGSTOP, when it has been made, and SIGCONT */
};

/* What is done, and to which call: the number of a role's calls, from 0. */
struct injection {
    enum inject_role role;
    unsigned call;
    enum inject_action action;
    int error; /* an errno */
};

/* What is traced. */
struct inject_program {
    const char *const *argv;
    const char *const *environment;
    bool stays_root;
    /* Calls of the helper count for as long as it lives, not only during the host's first bind(2),
       which is between two calls of getppid(2). Those of the resident helper always do. */
    bool whole_life;
};

#define INJECT_CALLS_MAX 512u
#define INJECT_OUTPUT_MAX 4096u

struct inject_trace {
    struct {
        enum inject_role role;
        long number;
        unsigned segment; /* 0: before the host's first bind(2), 1: during it, 2: after it */
    } calls[INJECT_CALLS_MAX];
    unsigned count;           /* of calls that count */
    bool reached;             /* the call of the injection was made */
    unsigned resident_counts; /* calls of the resident helper after that */
    int status;               /* of the program, as from waitpid(2) */
    char output[INJECT_OUTPUT_MAX], errors[INJECT_OUTPUT_MAX]; /* what it wrote */
};

/*
 * Runs a program to the end of all its processes, in a process that is a child subreaper and has no
 * other children. parked (may be NULL) is set while only time can end what the injection did.
 * Returns false if it cannot be traced. The one who calls this has to be root: a tracer must have
 * CAP_SYS_PTRACE, or a traced program gains no capability when it is executed (ptrace(2)).
 */
bool inject_run(const struct inject_program *program, const struct injection *injection,
                bool *parked, struct inject_trace *trace);

/*
 * For inject_run(): changes the result of a call that a process has made; or, with skip, lets it
 * make none. Returns false if that cannot be done.
 */
bool inject_registers(pid_t pid, bool skip, long result);

/* The errnos that a system call can have. */
struct inject_errors {
    long number;
    const char *name;
    int errors[24];   /* by its manual page, the likeliest first; none: it cannot fail */
    bool made_anyway; /* it does its work even when it fails */
};

/* Returns NULL for a call that is not listed. */
const struct inject_errors *inject_errors_of(long number);

#endif
