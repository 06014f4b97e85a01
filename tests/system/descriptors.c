/* SPDX-License-Identifier: MIT */
/*
 * The broker starts with the program's table of descriptors, and leaves it by its first call.
 * Whatever comes of that call, nothing is opened or closed there.
 */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "older.h"

#define CLOSED_BY_NUMBER 65536 /* helper/bind/descriptors.c */
#define CHURNED "descriptors_churned_by_a_thread__bound"
#define UNTOUCHED "numbers that changed: 0\ncalls that failed: 0\nleft or lost: 0\n"

static uint32_t action;

/* As root, for only with CAP_SYS_ADMIN that leaves no_new_privs alone (seccomp(2)). */
static void filter_leaving(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "filter");
}

/* Without close_range(2) the helper closes each number by itself: an emulated processor needs
   seconds for that. */
static bool has_time_to_close_each(void)
{
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < CLOSED_BY_NUMBER; i++)
        close(-1);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 < 200;
}

static void table_cannot_be_left__copied_and_bound(void **state)
{
    static const int errors[] = {ENOSYS, ENOMEM, EPERM, 0}; /* 0: it says that it worked */
    if (!has_time_to_close_each())
        cannot_run("%d system calls take more than 200 ms here", CLOSED_BY_NUMBER);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        action = SECCOMP_RET_ERRNO | (uint32_t)errors[i];
        const struct run_result *result = system_run_host_after(CHURNED, filter_leaving);
        assert_string_equal(result->standard_error, "");
        assert_string_equal(result->standard_output, "not bound: 0\n" UNTOUCHED);
    }
}

static void broker_killed_before_it_leaves__table_untouched(void **state)
{
    action = SECCOMP_RET_KILL_PROCESS;
    const struct run_result *result = system_run_host_after(CHURNED, filter_leaving);
    assert_string_equal(result->standard_output, "not bound: 40\n" UNTOUCHED);
    assert_contains(result->standard_error, "a signal killed the broker waiting for");
}

static void refusals_beside_a_busy_thread__table_untouched(void **state)
{
    sandbox_policy("");
    assert_string_equal(system_run_host(CHURNED)->standard_output, "not bound: 40\n" UNTOUCHED);
}

/* It leaves what is above the socket, but for the standard ones. */
static void socket_below_stderr_refused__line_written(void **state)
{
    static const char *const scenarios[] = {"socket_is_descriptor_0__bound",
                                            "socket_is_descriptor_1__bound"};
    sandbox_policy("");
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        assert_contains(system_run_host(scenarios[i])->standard_error, "no rule allows user ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_descriptor_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(table_cannot_be_left__copied_and_bound),
        TEST(broker_killed_before_it_leaves__table_untouched),
        TEST(refusals_beside_a_busy_thread__table_untouched),
        TEST(socket_below_stderr_refused__line_written),
    };
    return cmocka_run_group_tests_name("the program's descriptors", tests, NULL, NULL);
}
