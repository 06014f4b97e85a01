/* SPDX-License-Identifier: MIT */
/* How many system calls a bind makes: the part of its speed that no noise can hide. */
#include "system.h"

#include "trace.h"

/* From the program's bind(2) to its return. README.md says what they are. */
#define HOST_CALLS 10

/* All processes together, whatever compiler: the helper has no libc, which would make some more. */
#define ALL_CALLS_MAX 65

#define cannot_trace() cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)")

static void unprivileged_port__no_call_more_than_without_library(void **state)
{
    static const char *const no_environment[] = {NULL};
    struct trace without, with;
    if (!trace_binds(HOST, no_environment, &without) ||
        !trace_binds(HOST, system_environment, &with))
        cannot_trace();
    assert_int_equal(without.calls[TRACE_UNPRIVILEGED], 1);
    assert_int_equal(with.calls[TRACE_UNPRIVILEGED], 1);
}

static void delegated_bind__no_call_more_than_listed(void **state)
{
    struct trace trace;
    cannot_run_sanitized("its runtime makes calls of its own");
    if (!trace_binds(HOST, system_environment, &trace))
        cannot_trace();
    assert_int_equal(trace.status, 0);
    assert_int_equal(trace.calls_of_host[TRACE_PRIVILEGED], HOST_CALLS);
    const unsigned all = trace.calls[TRACE_PRIVILEGED];
    if (all <= HOST_CALLS || all > ALL_CALLS_MAX)
        fail_msg("%u calls, expected %d to %d", all, HOST_CALLS + 1, ALL_CALLS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_call_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unprivileged_port__no_call_more_than_without_library),
        TEST(delegated_bind__no_call_more_than_listed),
    };
    return cmocka_run_group_tests_name("system calls", tests, NULL, NULL);
}
