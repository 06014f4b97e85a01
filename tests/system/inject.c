/* SPDX-License-Identifier: MIT */
/*
 * Every system call of a delegated bind fails, and the process that makes it is killed or stopped:
 * the program hears the truth in time, and finds nothing changed.
 *
 * "make check" tries one errno for each call, "make inject" all that its manual page lists.
 */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "inject/jobs.h"

#define JOBS_MAX 16384
#define PLAIN_HELPER SANDBOX_DIR "/privbind-helper-plain"
#define STATIC_HOST SANDBOX_DIR "/host-static"
#define BIT(role) (1u << INJECT_##role)

static const char *const environment[] = {
    "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1", NULL};
static const char *const without_library[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1",
                                              NULL};
static const char *const with_plain_helper[] = {
    "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" PLAIN_HELPER, "PRIVBIND_DEBUG=1", NULL};
static const char *const host[] = {HOST, "injected_bind", NULL};
static const char *const beside[] = {HOST, "injected_bind_beside_another", NULL};
static const char *const supervised[] = {SANDBOX_LAUNCHER, STATIC_HOST, "injected_bind", NULL};
static const char *const subreaper[] = {HOST, "injected_bind_as_subreaper", NULL};
static const char *const below_launcher[] = {SANDBOX_LAUNCHER, "-u", "target", HOST,
                                             "injected_bind",  NULL};

static struct inject_trace dry; /* of a run in which nothing is injected */

static bool returns(unsigned call)
{
    const long number = dry.calls[call].number;
    return number != SYS_exit && number != SYS_exit_group;
}

static void add(struct inject_job *jobs, size_t *count, unsigned call, struct injection injection)
{
    if (*count == JOBS_MAX)
        errx(EXIT_FAILURE, "too many jobs");
    jobs[*count].injection = injection;
    jobs[*count].number = dry.calls[call].number;
    jobs[(*count)++].segment = dry.calls[call].segment;
}

static void add_stops(struct inject_job *jobs, size_t *count, unsigned call,
                      struct injection injection)
{
    /* A host waits for its broker as vfork(2) does: what is stopped is both. */
    injection.action = INJECT_STOP;
    if (injection.role != INJECT_BROKER)
        add(jobs, count, call, injection);
    injection.action = INJECT_STOP_CONTINUED;
    add(jobs, count, call, injection);
}

static void add_kills(struct inject_job *jobs, size_t *count, unsigned call,
                      struct injection injection)
{
    injection.action = INJECT_KILL_BEFORE;
    add(jobs, count, call, injection);
    injection.action = INJECT_KILL_AFTER;
    if (returns(call))
        add(jobs, count, call, injection);
}

static void add_errors(struct inject_job *jobs, size_t *count, unsigned call,
                       struct injection injection)
{
    const struct inject_errors *known = inject_errors_of(dry.calls[call].number);
    const bool all = getenv("PRIVBIND_INJECT") != NULL;
    injection.action = known->made_anyway ? INJECT_ERROR_AFTER : INJECT_ERROR;
    for (size_t i = 0; known->errors[i] != 0 && (i == 0 || all); i++) {
        injection.error = known->errors[i];
        add(jobs, count, call, injection);
    }
}

/*
 * What the dry run has shown: which calls there are. Those come first which wait for a time limit.
 * The second bind is to show that a resident helper goes on. Before the first, nobody but the
 * launcher waits for it, and that without a limit.
 */
static size_t plan_jobs(const struct inject_plan *plan, struct inject_job *jobs)
{
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        unsigned calls[INJECT_ROLES] = {0};
        for (unsigned i = 0; i < dry.count; i++) {
            const unsigned role = 1u << dry.calls[i].role, segment = dry.calls[i].segment;
            const struct injection injection = {.role = dry.calls[i].role,
                                                .call = calls[dry.calls[i].role]++};
            if (round == 0 && (plan->stops & role) != 0 && segment == 1 && returns(i))
                add_stops(jobs, &count, i, injection);
            if (round == 1 && (plan->kills & role) != 0 && segment < 2)
                add_kills(jobs, &count, i, injection);
            if (round == 1 && (plan->errors & role) != 0 && segment < 2)
                add_errors(jobs, &count, i, injection);
        }
    }
    return count;
}

static void keep(const struct inject_plan *plan, struct inject_job *job,
                 const struct inject_trace *trace)
{
    inject_judge(plan, job, trace);
    /* The job is another process; its memory is shared. */
    memcpy(job + 1, trace, sizeof *trace);
}

static void *shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    return memory;
}

static void assert_dry_run(const struct inject_plan *plan)
{
    struct inject_job *job = shared(sizeof *job + sizeof dry);
    inject_run_jobs(plan, job, 1, keep);
    memcpy(&dry, job + 1, sizeof dry);
    if (strcmp(job->failure, "cannot be traced") == 0)
        cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)");
    if (!inject_is_right(job)) {
        inject_show(plan, job);
        fail();
    }
    for (unsigned i = 0; i < dry.count; i++) {
        if (inject_errors_of(dry.calls[i].number) == NULL)
            fail_msg("tests/inject/errors.c does not list call %ld", dry.calls[i].number);
    }
    munmap(job, sizeof *job + sizeof dry);
}

static void assert_plan(const struct inject_plan *plan)
{
    cannot_run_sanitized("its runtime makes calls of its own");
#if !defined __x86_64__ && !defined __aarch64__ && !defined __arm__ && !defined __riscv
    cannot_run("tests/inject/registers.c does not know this machine");
#endif
    size_t failures = 0;
    long longest = 0;
    assert_dry_run(plan);
    struct inject_job *jobs = shared(JOBS_MAX * sizeof *jobs);
    const size_t count = plan_jobs(plan, jobs);
    assert_true(count > 0);
    inject_run_jobs(plan, jobs, count, inject_judge);
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].milliseconds > longest)
            longest = jobs[i].milliseconds;
        if (inject_is_right(&jobs[i]))
            continue;
        failures++;
        inject_show(plan, &jobs[i]);
    }
    printf("%s: %zu injections into %u calls, the longest bind(2) took %ld ms\n", plan->name, count,
           dry.count, longest);
    munmap(jobs, JOBS_MAX * sizeof *jobs);
    assert_int_equal(failures, 0);
}

static void set_policy(void)
{
    char text[256];
    const char *user = sandbox_user(), *group = sandbox_is_user_namespace() ? "root" : "servers";
    snprintf(text, sizeof text,
             "deny user %s tcp 82\ndeny group %s tcp 83\nallow user %s tcp 80\nallow anyone tcp "
             "82-83\n",
             user, group, user);
    sandbox_policy(text);
}

static void faults_in_granted_bind__true_result_or_EACCES(void **state)
{
    const struct inject_plan plan = {.name = "granted",
                                     .program = {.argv = host, .environment = environment},
                                     .port = 80,
                                     .is_granted = true,
                                     .errors = BIT(HOST) | BIT(BROKER) | BIT(CHILD) | BIT(HELPER),
                                     .kills = BIT(BROKER) | BIT(CHILD) | BIT(HELPER),
                                     .stops = BIT(BROKER) | BIT(CHILD) | BIT(HELPER)};
    set_policy();
    assert_plan(&plan);
}

static void faults_in_forbidden_bind__never_bound(void **state)
{
    struct inject_plan plan = {.name = "denied to the user",
                               .program = {.argv = host, .environment = environment},
                               .port = 82,
                               .errors = BIT(BROKER) | BIT(CHILD) | BIT(HELPER),
                               .kills = BIT(HELPER)};
    set_policy();
    assert_plan(&plan);
    plan.name = "denied to the group";
    plan.port = 83;
    plan.errors = BIT(HELPER);
    plan.kills = 0;
    assert_plan(&plan);
}

static void faults_without_capability__never_bound(void **state)
{
    const struct inject_plan plan = {.name = "without the capability",
                                     .program = {.argv = host, .environment = with_plain_helper},
                                     .port = 80,
                                     .errors = BIT(HELPER)};
    sandbox_copy_file(SANDBOX_HELPER, PLAIN_HELPER);
    set_policy();
    assert_plan(&plan);
}

static void faults_below_subreaper__no_child_left(void **state)
{
    const struct inject_plan plan = {.name = "host as subreaper",
                                     .program = {.argv = subreaper, .environment = environment},
                                     .port = 80,
                                     .is_granted = true,
                                     .errors = BIT(BROKER),
                                     .kills = BIT(BROKER) | BIT(CHILD) | BIT(HELPER)};
    set_policy();
    assert_plan(&plan);
}

static void faults_in_resident_helper__true_result_and_it_goes_on(void **state)
{
    const struct inject_plan plan = {
        .name = "below privbind -u",
        .program = {.argv = below_launcher, .environment = without_library, .stays_root = true},
        .port = 80,
        .is_granted = true,
        .errors = BIT(BROKER) | BIT(RESIDENT),
        .kills = BIT(BROKER) | BIT(RESIDENT),
        .stops = BIT(RESIDENT)};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    set_policy();
    assert_plan(&plan);
}

/* As its user may do as soon as it has become that user's. */
static void resident_helper_stopped_at_once__says_so_and_125(void **state)
{
    const struct inject_program program = {
        .argv = below_launcher, .environment = without_library, .stays_root = true};
    const struct injection stop = {.role = INJECT_RESIDENT, .action = INJECT_STOP};
    static struct inject_trace trace;
    cannot_run_sanitized("its runtime makes calls of its own");
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    set_policy();
    if (!inject_run(&program, &stop, NULL, &trace))
        cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)");
    assert_true(trace.reached);
    assert_int_equal(trace.status, 125 << 8);
    assert_contains(trace.errors, "the helper does not answer");
    assert_string_equal(trace.output, "");
}

static void faults_beside_another_bind__true_result_or_EACCES(void **state)
{
    const struct inject_plan plan = {.name = "beside another",
                                     .program = {.argv = beside, .environment = environment},
                                     .port = 80,
                                     .is_granted = true,
                                     .errors = BIT(HOST)};
    set_policy();
    assert_plan(&plan);
}

static void faults_in_supervisor__true_result_or_EACCES_and_it_goes_on(void **state)
{
    const struct inject_plan plan = {
        .name = "supervised",
        .program = {.argv = supervised, .environment = without_library, .whole_life = true},
        .port = 80,
        .is_granted = true,
        .errors = BIT(HELPER),
        .kills = BIT(HELPER)};
    cannot_run_sanitized("there are no static programs");
#ifndef PRIVBIND_SANITIZED
    system_copy_built("host-static", STATIC_HOST);
#endif
    set_policy();
    assert_plan(&plan);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_inject_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(faults_in_granted_bind__true_result_or_EACCES),
        TEST(faults_in_forbidden_bind__never_bound),
        TEST(faults_without_capability__never_bound),
        TEST(faults_below_subreaper__no_child_left),
        TEST(faults_beside_another_bind__true_result_or_EACCES),
        TEST(faults_in_supervisor__true_result_or_EACCES_and_it_goes_on),
        TEST(faults_in_resident_helper__true_result_and_it_goes_on),
        TEST(resident_helper_stopped_at_once__says_so_and_125),
    };
    return cmocka_run_group_tests_name("each call fails, is killed, is stopped", tests, NULL, NULL);
}
