/* SPDX-License-Identifier: MIT */
/* Running programs in the sandbox, as the unprivileged target, and catching what they print. */
#ifndef PRIVBIND_RUN_H
#define PRIVBIND_RUN_H

#include <stdbool.h>
#include <stddef.h>

struct run {
    const char *const *argv;        /* NULL-terminated */
    const char *const *environment; /* NAME=VALUE, NULL-terminated; NULL: none */
    bool capable;                   /* hold CAP_NET_BIND_SERVICE */
    bool stays_root;                /* do not become the target */
    /* What is done to the process between fork(2) and execve(2), before and after it becomes the
       target; NULL: nothing. */
    void (*as_root)(void);
    void (*as_target)(void);
    bool keeps_stderr;   /* descriptor 2 is not caught */
    bool shares_network; /* with the test; else it has a network of its own */
};

struct run_result {
    int status; /* as from waitpid(2) */
    char standard_output[65536];
    char standard_error[16384];
    double seconds;
};

/*
 * Runs a program to its end, at most 60 s, or PRIVBIND_TIME_LIMIT seconds; then it is killed. The
 * result is static.
 */
const struct run_result *run(const struct run *run);

/* How many times PRIVBIND_TIME_LIMIT raises the 60 s that a run may take; at least 1. */
double run_patience(void);

/* Whether a run took less than that many seconds, times run_patience(). */
bool run_took_less(const struct run_result *result, double seconds);

/* Whether every other process of the sandbox ends within ten seconds. */
bool run_left_nothing(void);

#endif
