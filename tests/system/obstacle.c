/* SPDX-License-Identifier: MIT */
/* Where the library asks nobody, or believes nobody, and how much it says. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"

#define LAST_LINE                                                                                  \
    "privbind: further refusals of this process are not shown; PRIVBIND_DEBUG=1 shows all\n"

static int count_lines(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static const struct run_result *run_with(const char *scenario, const char *variable)
{
    const char *const argv[] = {HOST, scenario, NULL};
    const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                       "PRIVBIND_HELPER=" SANDBOX_HELPER, variable, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void hundred_refusals__three_lines_and_one_more(void **state)
{
    sandbox_policy("");
    const char *errors = run_with("hundred_denied", NULL)->standard_error;
    assert_int_equal(count_lines(errors), 4);
    assert_string_equal(errors + strlen(errors) - strlen(LAST_LINE), LAST_LINE);
}

static void hundred_refusals_with_debug__all_shown(void **state)
{
    sandbox_policy("");
    const char *errors = run_with("hundred_denied", "PRIVBIND_DEBUG=1")->standard_error;
    assert_int_equal(count_lines(errors), 100);
}

static void sandbox_that_traps__survives_and_is_told(void **state)
{
#ifndef __x86_64__
    cannot_run("the program's handler knows x86_64 only");
#endif
    const struct run_result *result = run_with("trapping_sandbox__EACCES", NULL);
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_contains(result->standard_error, "this process has no_new_privs set");
}

static void leave_pid_namespace(void)
{
    if (unshare(CLONE_NEWPID) != 0)
        err(EXIT_FAILURE, "CLONE_NEWPID");
}

static void new_pid_namespace__left_to_its_first_process(void **state)
{
    const struct run_result *result = system_run_host_after("fork_after_bind", leave_pid_namespace);
    assert_string_equal(result->standard_output,
                        "bind: errno 13\nfork: ok\nstatus of the first process: 0\n");
    assert_contains(
        result->standard_error,
        "the next child of this process would be in another PID namespace (CLONE_NEWPID), so this "
        "process cannot ask " SANDBOX_HELPER "; bind earlier");
}

static void forbid_sigprocmask(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "filter");
}

static void signals_cannot_be_blocked__told(void **state)
{
    const struct run_result *result =
        system_run_host_after("plain_bind__EACCES", forbid_sigprocmask);
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_contains(result->standard_error, "so this process cannot ask " SANDBOX_HELPER
                                            "; start the program with privbind -m seccomp");
}

static void become_deadline_thread(void)
{
    const struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {sizeof attributes, 6, 0, 0, 0, 50000000, 100000000, 100000000};
    if (syscall(SYS_sched_setattr, 0, &attributes, 0) != 0)
        err(EXIT_FAILURE, "sched_setattr");
}

static void deadline_thread__mend_that_fits(void **state)
{
    const struct run_result *result =
        system_run_host_after("plain_bind__EACCES", become_deadline_thread);
    if (strstr(result->standard_error, "sched_setattr") != NULL)
        cannot_run("SCHED_DEADLINE is not to be had here");
    assert_contains(result->standard_error, "a SCHED_DEADLINE thread cannot start one");
}

static void leave_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0)
        err(EXIT_FAILURE, "CLONE_NEWUSER");
}

/* Both are shown as 65534: that makes them nobody's, not the same. */
static void squatter_of_an_unmapped_id__told_nothing(void **state)
{
    static const char *const argv[] = {HOST, "plain_bind__EACCES", NULL};
    static const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                              "PRIVBIND_HELPER=" SANDBOX_HELPER,
                                              "PRIVBIND_SOCKET=@privbind-unmapped", NULL};
    char byte;
    const int listener = listen_at_name(0, "@privbind-unmapped");
    assert_true(listener >= 0);
    const struct run_result *result = run(&(struct run){.argv = argv,
                                                        .environment = environment,
                                                        .as_target = leave_user_namespace,
                                                        .shares_network = true});
    if (strstr(result->standard_error, "CLONE_NEWUSER") != NULL) {
        close(listener);
        cannot_run("no user namespace in this one");
    }
    const int connection = accept(listener, NULL, NULL);
    assert_int_equal(recv(connection, &byte, 1, 0), 0);
    close(connection);
    close(listener);
    assert_string_equal(result->standard_output, "bind: errno 13\n");
}

/* A connection of somebody's to an abstract name; -1 if there is no room for it in a moment. */
static int try_connect(const char *name, struct timeval moment)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
    if (connect(fd, (const struct sockaddr *)&address, length) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A crowd before the resident helper is no reason to give up; here it hesitates for a second. */
static void resident_helper_with_a_full_queue__waited_for(void **state)
{
    static struct command command;
    static int crowd[4200]; /* more than may wait (net.core.somaxconn) */
    size_t count = 0;
    if (sandbox_is_user_namespace())
        cannot_run("the only uid is 0, which -u does not change");
    sandbox_policy("");
    command_start(&command, NULL);
    kill(command.resident, SIGSTOP);
    const struct timeval little = {0, 20000};
    for (; count < sizeof crowd / sizeof crowd[0]; count++) {
        crowd[count] = try_connect(command.name, little);
        if (crowd[count] < 0)
            break;
    }
    command_begin(&command, "ipv4_any__bound");
    usleep(1500000);
    kill(command.resident, SIGCONT);
    while (count > 0)
        close(crowd[--count]);
    assert_string_equal(command_finish(&command), IS_BOUND);
    command_end(&command);
}

static void library__keeps_shadow_stacks(void **state)
{
#ifndef __x86_64__
    cannot_run("shadow stacks are of x86_64");
#endif
#ifdef PRIVBIND_COVERAGE
    cannot_run("what counts lines has no such note");
#endif
    static const char *const argv[] = {
        "/bin/sh", "-c",
        "PATH=/usr/bin:/bin LC_ALL=C readelf -n " SANDBOX_LIBRARY " | grep 'IBT, SHSTK'", NULL};
    assert_contains(run(&(struct run){.argv = argv})->standard_output, "x86 feature: IBT, SHSTK");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_obstacle_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hundred_refusals__three_lines_and_one_more),
        TEST(hundred_refusals_with_debug__all_shown),
        TEST(sandbox_that_traps__survives_and_is_told),
        TEST(new_pid_namespace__left_to_its_first_process),
        TEST(signals_cannot_be_blocked__told),
        TEST(deadline_thread__mend_that_fits),
        TEST(squatter_of_an_unmapped_id__told_nothing),
        TEST(resident_helper_with_a_full_queue__waited_for),
        TEST(library__keeps_shadow_stacks),
    };
    return cmocka_run_group_tests_name("what keeps the library from asking", tests, NULL, NULL);
}
