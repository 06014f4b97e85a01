/* SPDX-License-Identifier: MIT */
/* How many system calls a bind makes: the part of its speed that no noise can hide. */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervise/filter.h"
#include "trace.h"

/* From the program's bind(2) to its return. What they are for: */
#define LIST "tests/bench/README.md"
#define HOST_CALLS 10

/* All processes together, whatever compiler. */
#define ALL_CALLS_MAX 65

/* The supervisor's own, for a port that needs no privilege, and for a privileged one: when the
   policy has to be read, and when what was read is still true. */
#define SUPERVISOR_UNPRIVILEGED_MAX 6
#define SUPERVISOR_FIRST_MAX 31
#define SUPERVISOR_NEXT_MAX 21
#define POLICY_IS_OLD 5 /* seconds; helper/supervise/kept.c */

/* Before Linux 5.19: which socket was bound of late (helper/supervise/notification.c). */
#define OF_OLD_KERNEL 2u

/* Before Linux 6.9: a pidfd for each bind (helper/supervise/caller.c). */
#define OF_PROCESSES 3u

#ifdef PRIVBIND_COVERAGE
#define OF_COUNTERS 30u /* of the libc that the helper has then, and of what counts its lines */
#else
#define OF_COUNTERS 0u
#endif

/* In a user namespace of its own: open, read and close, for the overflow id (helper/bind/ids.c). */
#define OF_USER_NAMESPACE 3u

#define cannot_trace() cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)")

static bool has_pidfd_of_threads(void)
{
    const int fd = (int)syscall(SYS_pidfd_open, getpid(), O_EXCL);
    return fd >= 0 && close(fd) == 0;
}

static bool is_old_kernel(void)
{
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAGS, NULL);
    return errno == EINVAL; /* it does not know these flags; else EFAULT */
}

static void unprivileged_port__no_call_more_than_without_library(void **state)
{
    static const char *const no_environment[] = {NULL};
    struct trace without, with;
    if (!trace_binds(NULL, HOST, no_environment, &without) ||
        !trace_binds(NULL, HOST, system_environment, &with))
        cannot_trace();
    assert_int_equal(without.calls[TRACE_UNPRIVILEGED], 1);
    assert_int_equal(with.calls[TRACE_UNPRIVILEGED], 1);
}

static void delegated_bind__no_call_more_than_listed(void **state)
{
    struct trace trace;
    cannot_run_sanitized("its runtime makes calls of its own");
    if (!trace_binds(NULL, HOST, system_environment, &trace))
        cannot_trace();
    assert_int_equal(trace.status, 0);
    assert_int_equal(trace.calls_of_host[TRACE_PRIVILEGED], HOST_CALLS);
    const unsigned all = trace.calls[TRACE_PRIVILEGED];
    const unsigned most =
        ALL_CALLS_MAX + OF_COUNTERS + (sandbox_is_user_namespace() ? OF_USER_NAMESPACE : 0);
    if (all <= HOST_CALLS || all > most)
        fail_msg("%u calls, expected %d to %u", all, HOST_CALLS + 1, most);
}

static void supervised_binds__no_call_more_than_listed(void **state)
{
    static const unsigned most[TRACE_BINDS] = {SUPERVISOR_UNPRIVILEGED_MAX, SUPERVISOR_FIRST_MAX,
                                               SUPERVISOR_NEXT_MAX};
    static const char *const with_helper[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    struct trace trace;
    cannot_run_sanitized("its runtime makes calls of its own");
    sleep(POLICY_IS_OLD);
    if (!trace_binds(SANDBOX_LAUNCHER, HOST, with_helper, &trace))
        cannot_trace();
    assert_int_equal(trace.status, 0);
    assert_int_equal(trace.calls_of_host[TRACE_UNPRIVILEGED], 1);
    assert_int_equal(trace.calls_of_host[TRACE_PRIVILEGED], 1);
    assert_int_equal(trace.notifications, TRACE_BINDS);
    const unsigned more = OF_COUNTERS + (sandbox_is_user_namespace() ? OF_USER_NAMESPACE : 0) +
                          (is_old_kernel() ? OF_OLD_KERNEL : 0) +
                          (has_pidfd_of_threads() ? 0 : OF_PROCESSES);
    for (size_t i = 0; i < TRACE_BINDS; i++) {
        if (trace.calls_of_supervisor[i] > most[i] + more)
            fail_msg("bind %zu: %u calls, expected at most %u", i, trace.calls_of_supervisor[i],
                     most[i] + more);
    }
}

/* Rows "| PROCESS | CALLS | what for |", after "NUMBER system calls in all". */
static void list_of_calls__adds_up_to_the_limit(void **state)
{
    char line[4096];
    unsigned calls, all = 0, said = 0, of_program = 0, first = 0, next = 0;
    FILE *list = fopen(LIST, "re");
    assert_non_null(list);
    while (fgets(line, sizeof line, list) != NULL) {
        if (sscanf(line, "%u system calls by the supervisor, %u for its first", &next, &first) == 2)
            break;
        if (strstr(line, "system calls in all") != NULL)
            sscanf(line, "%u", &said);
        if (said == 0 || sscanf(line, "| %*[^|]| %u |", &calls) != 1)
            continue;
        all += calls;
        of_program = of_program == 0 ? calls : of_program;
    }
    fclose(list);
    assert_int_equal(next, SUPERVISOR_NEXT_MAX);
    assert_int_equal(first, SUPERVISOR_FIRST_MAX);
    assert_int_equal(of_program, HOST_CALLS);
    assert_int_equal(said, ALL_CALLS_MAX);
    assert_int_equal(all, ALL_CALLS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_call_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unprivileged_port__no_call_more_than_without_library),
        TEST(delegated_bind__no_call_more_than_listed),
        TEST(supervised_binds__no_call_more_than_listed),
        cmocka_unit_test(list_of_calls__adds_up_to_the_limit),
    };
    return cmocka_run_group_tests_name("system calls", tests, NULL, NULL);
}
