/* SPDX-License-Identifier: MIT */
/* A supervised program that changes under the supervisor's eyes, and a supervisor in need. */
#include "supervise.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void address_rewritten__forbidden_port_never_bound(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "address_rewritten_by_a_thread",
                                NULL};
    const char *const chosen = getenv("PRIVBIND_RACES");
    char races[64];
    snprintf(races, sizeof races, "PRIVBIND_RACES=%s", chosen == NULL ? "100000" : chosen);
    const char *const variables[] = {environment[0], "PRIVBIND_QUIET=1", races, NULL};
    assert_string_equal(run(&(struct run){.argv = argv, .environment = variables})->standard_output,
                        "some bound, some not\nforbidden: 0\n");
}

static void descriptor_replaced__every_call_ends(void **state)
{
    assert_string_equal(supervised("descriptor_replaced_by_a_thread")->standard_output,
                        "other errors: 0\n");
}

static void signal_storm__two_thousand_binds(void **state)
{
    assert_string_equal(supervised("two_thousand_binds_in_a_signal_storm")->standard_output,
                        "bound: 2000\n");
}

/* As before Linux 5.19. */
static void forbid_wait_killable(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1 << 5, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void signal_storm_on_old_kernel__two_thousand_binds(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST,
                                "two_thousand_binds_in_a_signal_storm", NULL};
    assert_string_equal(run(&(struct run){.argv = argv,
                                          .environment = environment,
                                          .as_root = forbid_wait_killable})
                            ->standard_output,
                        "bound: 2000\n");
}

/* There the supervisor remembers what it has bound: that socket and that address only. */
static void bound_before_on_old_kernel__as_the_kernel(void **state)
{
    const char *const scenarios[] = {"port_taken__EADDRINUSE", "bound_twice__EINVAL"};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, scenarios[i], NULL};
        system_compare_run(STATIC_HOST, scenarios[i], NULL,
                           &(struct run){.argv = argv,
                                         .environment = environment,
                                         .as_root = forbid_wait_killable});
    }
}

static void killed_in_the_middle__others_are_served(void **state)
{
    assert_string_equal(supervised("killed_in_the_middle")->standard_output, "bind: ok\n");
}

/* As before Linux 6.9, and as where a container's profile forbids process_vm_readv(2). */
static void forbid_new_ways(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_EXCL, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static const struct run_result *supervised_by_old_ways(const char *scenario)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, scenario, NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .as_root = forbid_new_ways});
}

static void thread_by_old_ways__bound(void **state)
{
    assert_string_equal(supervised_by_old_ways("thread_with_small_stack__bound")->standard_output,
                        "bind: 0\n");
}

static void thread_with_own_descriptors_by_old_ways__no_other_socket_bound(void **state)
{
    const char *scenario = "thread_with_own_descriptors__its_socket_bound";
    assert_string_equal(supervised_by_old_ways(scenario)->standard_output,
                        "bind: errno 13\nits port: 0\nport of the other: 0\n");
}

static void killed_in_the_middle_by_old_ways__nothing_said(void **state)
{
    for (int i = 0; i < 10; i++) {
        const struct run_result *result = supervised_by_old_ways("killed_in_the_middle");
        assert_string_equal(result->standard_output, "bind: ok\n");
        assert_string_equal(result->standard_error, "");
    }
}

static void killed_with_a_lingering_socket__others_are_served(void **state)
{
    assert_string_equal(supervised("killed_with_a_lingering_socket")->standard_output,
                        "bind: ok\nin time\n");
}

static void processes_in_turn__each_its_own_socket(void **state)
{
    assert_string_equal(supervised("processes_in_turn")->standard_output,
                        "child: 81\nparent: 80\n");
}

static void limit_descriptors_and_forbid_new_ways(void)
{
    system_limit_descriptors();
    forbid_new_ways();
}

static void hundred_processes__no_descriptor_left(void **state)
{
    void (*const hooks[])(void) = {system_limit_descriptors, limit_descriptors_and_forbid_new_ways};
    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "hundred_processes_in_turn",
                                    NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = environment, .as_root = hooks[i]});
        assert_string_equal(result->standard_error, "");
        assert_null(strstr(result->standard_output, "errno"));
        assert_contains(result->standard_output, "bind: ok\n");
    }
}

static void two_processes_refused__three_lines_and_one_more_each(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    const char *text = supervised("two_processes_denied")->standard_error;
    unsigned lines = 0;
    assert_contains(text, "privbind: further refusals of this process are not shown; ");
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    assert_int_equal(lines, 2 * (3 + 1));
}

/* Nobody reads it. */
static void fill_stderr(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) != 0)
        err(EXIT_FAILURE, "pipe");
    while (write(ends[1], "", 1) == 1)
        continue;
    fcntl(ends[1], F_SETFL, 0);
    dup2(ends[1], STDERR_FILENO);
}

static void stderr_full__refused_without_waiting(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "hundred_denied", NULL};
    sandbox_policy("allow anyone tcp 80\n");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .as_target = fill_stderr});
    assert_string_equal(result->standard_output, "bound: 0\n");
}

static void supervisor_without_descriptors__says_so(void **state)
{
    const struct run_result *result = supervised("supervisor_without_descriptors");
    assert_string_equal(result->standard_output, "few: errno 13\nenough: ok\n");
    assert_contains(result->standard_error, "; raise ulimit -n\n");
}

static void supervisor_that_cannot_wait__ends_and_the_command_with_it(void **state)
{
    const struct run_result *result = supervised("supervisor_that_cannot_wait");
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "the supervisor has ended, and the command with it; ");
}

/* Without a socket for the system log nothing may be bound, whatever the command makes of it. */
static void command_refused__not_served_when_it_goes_on(void **state)
{
    static const struct {
        const char *scenario;
        bool bound;
    } cases[] = {{"served_by_hand", true}, {"refused_and_goes_on", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {STATIC_HOST, cases[i].scenario, NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = environment});
        assert_int_equal(strstr(result->standard_output, "bind: ok\n") != NULL, cases[i].bound);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_supervision_race_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(address_rewritten__forbidden_port_never_bound),
        TEST(descriptor_replaced__every_call_ends),
        TEST(signal_storm__two_thousand_binds),
        TEST(signal_storm_on_old_kernel__two_thousand_binds),
        TEST(bound_before_on_old_kernel__as_the_kernel),
        TEST(killed_in_the_middle__others_are_served),
        TEST(thread_by_old_ways__bound),
        TEST(thread_with_own_descriptors_by_old_ways__no_other_socket_bound),
        TEST(killed_in_the_middle_by_old_ways__nothing_said),
        TEST(killed_with_a_lingering_socket__others_are_served),
        TEST(processes_in_turn__each_its_own_socket),
        TEST(hundred_processes__no_descriptor_left),
        TEST(two_processes_refused__three_lines_and_one_more_each),
        TEST(stderr_full__refused_without_waiting),
        TEST(supervisor_without_descriptors__says_so),
        TEST(supervisor_that_cannot_wait__ends_and_the_command_with_it),
        TEST(command_refused__not_served_when_it_goes_on),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return 0; /* supervise.c says why */
#else
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("supervision: races", tests, NULL, NULL);
#endif
}
