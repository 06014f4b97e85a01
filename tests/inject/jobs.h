/* SPDX-License-Identifier: MIT */
/*
 * Many injections, each in a process of its own, some at once: who only waits for a time limit does
 * not hold up the others. A system log listens meanwhile.
 */
#ifndef PRIVBIND_INJECT_JOBS_H
#define PRIVBIND_INJECT_JOBS_H

#include <stdint.h>

#include "inject.h"

/* A way for a bind to go: a program, and what is right for it. */
struct inject_plan {
    const char *name;
    struct inject_program program; /* its environment gets two variables more, see below */
    uint16_t port;
    bool is_granted;               /* by the policy, and nothing else is in the way */
    unsigned errors, kills, stops; /* bits 1 << role: where to inject what */
};

#define INJECT_FAILURE_MAX 400

/* One injection, and what came of it. */
struct inject_job {
    struct injection injection;
    long number;      /* of the call */
    unsigned segment; /* when it is made: before, or during the first bind(2) */
    bool parked, is_done, is_log_missing;
    long milliseconds;                /* the first bind(2) took */
    unsigned binds;                   /* that happened */
    unsigned logged;                  /* grants in the log */
    char failure[INJECT_FAILURE_MAX]; /* what is wrong, if anything */
};

typedef void inject_judgement(const struct inject_plan *plan, struct inject_job *job,
                              const struct inject_trace *trace);

/* Judges what a job has come to; sets binds, milliseconds and failure. */
inject_judgement inject_judge;

/* Whether nothing is wrong, and every bind was logged; and what that is. */
bool inject_is_right(const struct inject_job *job);
void inject_show(const struct inject_plan *plan, const struct inject_job *job);

/*
 * Runs a plan's program with each of count injections, and judges each. It finds in
 * PRIVBIND_TEST_PORT which port to bind, and in PRIVBIND_TEST_ADDRESS at which address, another one
 * for each. jobs must be shared memory. Needs the network of the caller, with its loopback up; /dev
 * is another one meanwhile.
 */
void inject_run_jobs(const struct inject_plan *plan, struct inject_job *jobs, size_t count,
                     inject_judgement *judge);

#endif
