/* SPDX-License-Identifier: MIT */
/* Whether a program that binds was served as it should be, whatever was injected. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "jobs.h"
#include "run.h"

/* The manual promises five seconds; the rest is for a machine with other things to do. */
#define MILLISECONDS_MAX 6500

#define CALLS_MAX 400 /* for one more bind, and the end */

#ifdef SYS_open /* libc uses one of two */
#define SYS_OPEN SYS_open
#else
#define SYS_OPEN SYS_openat
#endif
#ifndef SYS_poll /* libc uses the other one */
#define SYS_poll SYS_ppoll
#endif

/* What the program printed; see tests/host/inject.c. */
struct outcome {
    int result, error, mask, pending, waited, wait_error, again, again_error;
    unsigned port, late_port;
    long time, descriptors, mappings, pages;
};

static bool parse(const char *output, struct outcome *outcome)
{
    const char *start = strstr(output, "result ");
    return start != NULL &&
           sscanf(start,
                  "result %d errno %d port %u time %ld\n"
                  "descriptors %ld mappings %ld pages %ld mask %d pending %d\n"
                  "wait %d errno %d\nagain %d errno %d\nlate port %u\n",
                  &outcome->result, &outcome->error, &outcome->port, &outcome->time,
                  &outcome->descriptors, &outcome->mappings, &outcome->pages, &outcome->mask,
                  &outcome->pending, &outcome->waited, &outcome->wait_error, &outcome->again,
                  &outcome->again_error, &outcome->late_port) == 14;
}

static bool is_error(const struct inject_job *job)
{
    return job->injection.action == INJECT_ERROR || job->injection.action == INJECT_ERROR_AFTER;
}

/* Without a system log nothing is logged; and these say that there is none. */
static bool says_there_is_no_log(const struct inject_job *job)
{
    static const int errors[] = {ENOENT, ECONNREFUSED, EPROTOTYPE};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (is_error(job) && job->number == SYS_sendto && job->injection.error == errors[i])
            return true;
    }
    return false;
}

/* A rule that denies to a name denies to nobody where there is no /etc/passwd or /etc/group. */
static bool says_there_are_no_names(const struct inject_job *job)
{
    return is_error(job) && job->injection.error == ENOENT &&
           (job->number == SYS_OPEN || job->number == SYS_openat ||
#ifdef SYS_lstat
            job->number == SYS_lstat ||
#endif
            job->number == SYS_newfstatat);
}

/*
 * A resident helper that is stopped after its last look at the client, for so long that the client
 * gives up, binds when it is continued. It can take nothing back, and nor can the client. So it is
 * in that moment when somebody kills the client's broker.
 */
static bool may_bind_late(const struct inject_plan *plan, const struct inject_job *job)
{
    const bool is_kill =
        job->injection.action == INJECT_KILL_BEFORE || job->injection.action == INJECT_KILL_AFTER;
    if (is_kill && job->injection.role == INJECT_BROKER)
        return (plan->errors & 1u << INJECT_RESIDENT) != 0 &&
               (job->number == SYS_sendmsg || job->number == SYS_ppoll);
    return job->injection.action == INJECT_STOP && job->injection.role == INJECT_RESIDENT &&
           (job->number == SYS_poll || job->number == SYS_capset || job->number == SYS_capget);
}

/* Holding the capability for good would be worse than an end (helper/bind/service.c). */
static bool may_end_it(const struct inject_job *job)
{
    return job->number == SYS_capset || job->number == SYS_capget;
}

/* What the kernel does not take back (no memory to split it off a neighbour) has to stay. */
static bool must_leave_mapping(const struct inject_job *job)
{
    return is_error(job) && job->number == SYS_munmap;
}

static const char *what_is_wrong(const struct inject_plan *plan, const struct inject_job *job,
                                 const struct outcome *seen)
{
    const bool is_bound = seen->port != 0;
    if (seen->result == 0 && seen->port != plan->port)
        return "success, but not bound";
    if (seen->result != 0 && is_bound && !may_bind_late(plan, job))
        return "bound, but the program has not heard of it";
    if (seen->result != 0 && seen->error != EACCES &&
        !(job->number == SYS_bind && is_error(job) && seen->error == job->injection.error))
        return "neither EACCES nor the kernel's errno";
    if (!plan->is_granted && !says_there_are_no_names(job) &&
        (seen->result == 0 || seen->late_port != 0))
        return "bound, but the policy forbids it";
    if (seen->late_port != seen->port && !may_bind_late(plan, job))
        return "bound when the program had been told that it is not";
    if (seen->time > MILLISECONDS_MAX * run_patience())
        return "too slow";
    if (seen->descriptors != 0)
        return "a descriptor is left";
    if ((seen->mappings != 0 || seen->pages != 0) && !must_leave_mapping(job))
        return "a mapping is left";
    if (seen->mask != 0 || seen->pending != 0)
        return "the signal mask has changed, or a signal is pending";
    if (seen->waited != -1 || seen->wait_error != ECHILD)
        return "a child is left";
    if ((seen->again == 0) != plan->is_granted)
        return "the next bind has another result";
    return NULL;
}

/* Whether it served the second bind, and what it did meanwhile. */
static const char *what_is_wrong_with_resident(const struct inject_job *job,
                                               const struct inject_trace *trace)
{
    const char *last = NULL;
    for (const char *at = trace->errors; (at = strstr(at, "privbind: tcp ")) != NULL; at++)
        last = at;
    if (!may_end_it(job) &&
        (last == NULL || strstr(last, "(cannot reach the helper of privbind -u)") != NULL))
        return "the resident helper has ended";
    /* Where close_range(2) is missing, it closes descriptors one by one. */
    if (job->number != SYS_close_range && trace->resident_counts > CALLS_MAX)
        return "the resident helper spins";
    return NULL;
}

/* Beside the line with which PRIVBIND_DEBUG says how the command is started. */
static bool says_why(const char *errors)
{
    const char *debug = strstr(errors, "privbind: ");
    return debug != NULL && strstr(debug + 1, "privbind: ") != NULL;
}

static bool is_supervisors(const struct inject_plan *plan, const struct inject_job *job)
{
    return plan->program.whole_life && job->injection.role == INJECT_HELPER;
}

/* Without its supervisor it may run on for a moment, in which its binds fail with ENOSYS. */
static bool is_killed_with_supervisor(const struct inject_plan *plan, const struct inject_job *job,
                                      const struct inject_trace *trace)
{
    return is_supervisors(plan, job) && (!is_error(job) || may_end_it(job)) &&
           trace->status == 125 << 8 &&
           strstr(trace->errors, "the supervisor has ended, and the command with it") != NULL;
}

/*
 * What a launcher leaves beside the command may fail to start: then the command never starts. A
 * supervisor's death is its command's.
 */
static bool may_prevent_end(const struct inject_plan *plan, const struct inject_job *job,
                            const struct inject_trace *trace)
{
    const bool is_supervisor = is_supervisors(plan, job);
    if (is_supervisor && (!is_error(job) || may_end_it(job)))
        return true;
    return job->segment == 0 && trace->output[0] == '\0' &&
           (is_supervisor ? trace->status != 0
                          : job->injection.role == INJECT_RESIDENT && trace->status == 125 << 8 &&
                                says_why(trace->errors));
}

void inject_judge(const struct inject_plan *plan, struct inject_job *job,
                  const struct inject_trace *trace)
{
    struct outcome seen;
    const char *wrong = NULL;
    const bool is_resident = job->injection.role == INJECT_RESIDENT;
    if (!trace->reached && job->injection.action != INJECT_NOTHING) {
        wrong = "the call was not made";
    } else if (is_killed_with_supervisor(plan, job, trace)) {
        job->milliseconds = 0; /* whatever it saw in its last moment */
    } else if (parse(trace->output, &seen)) {
        job->milliseconds = seen.time;
        job->binds = (seen.late_port != 0 ? 1u : 0u) + (seen.again == 0 ? 1u : 0u);
        job->is_log_missing = says_there_is_no_log(job);
        wrong = what_is_wrong(plan, job, &seen);
        if (wrong == NULL && trace->status != 0)
            wrong = "the program did not exit as it should";
        if (wrong == NULL && is_resident && is_error(job))
            wrong = what_is_wrong_with_resident(job, trace);
    } else if (!may_prevent_end(plan, job, trace)) {
        wrong = "the program did not come to its end";
    }
    if (wrong != NULL)
        snprintf(job->failure, sizeof job->failure, "%s; status %x, output: %.150s, errors: %.100s",
                 wrong, (unsigned)trace->status, trace->output, trace->errors);
}

bool inject_is_right(const struct inject_job *job)
{
    return job->is_done && job->failure[0] == '\0' &&
           job->logged + job->is_log_missing >= job->binds;
}

void inject_show(const struct inject_plan *plan, const struct inject_job *job)
{
    static const char *const actions[] = {
        "nothing",      "error",   "error after",          "killed before",
        "killed after", "stopped", "stopped and continued"};
    const struct inject_errors *call = inject_errors_of(job->number);
    printf("%s: %s's call %u, %s: %s %s: %s\n", plan->name, inject_role_names[job->injection.role],
           job->injection.call, call == NULL ? "?" : call->name, actions[job->injection.action],
           is_error(job) ? strerror(job->injection.error) : "",
           !job->is_done             ? "it never ended"
           : job->failure[0] != '\0' ? job->failure
                                     : "bound without an entry in the log");
}
