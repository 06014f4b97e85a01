/* SPDX-License-Identifier: MIT */
/* A supervised command's launcher, which stands for it: stops and ends. */
#include "launched.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void stop_and_continue(pid_t to, int stop)
{
    int status;
    kill(to, stop);
    assert_int_equal(waitpid(host.launcher, &status, WUNTRACED), host.launcher);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(WSTOPSIG(status), stop);
    assert_true(proxy_state(host.command, "T"));
    usleep(100000); /* or the supervisor may yet follow when it has been continued */
    kill(to, SIGCONT);
    assert_int_equal(waitpid(host.launcher, &status, WCONTINUED), host.launcher);
    assert_true(proxy_state(host.command, "SR"));
    usleep(100000);
}

/* Sent to the launcher, to both, or to the command: they stop and continue together. */
static void stopped_and_continued__launcher_as_the_command(void **state)
{
    start("wait_with_default_signals");
    stop_and_continue(host.launcher, SIGTSTP);
    stop_and_continue(host.launcher, SIGTTIN);
    stop_and_continue(-host.launcher, SIGTSTP);
    stop_and_continue(host.command, SIGTTOU);
    stop_and_continue(-host.launcher, SIGSTOP);
    stop_and_continue(host.command, SIGTSTP);
    stop_and_continue(host.command, SIGSTOP);
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* Neither of the two may stay stopped: each time both have to do something. */
static void stopped_and_continued_at_once__none_stays_stopped(void **state)
{
    static const int stops[] = {SIGTSTP, SIGSTOP, SIGTTIN};
    start("wait_with_default_signals");
    for (int i = 0; i < 3000; i++) {
        const pid_t to = i % 3 == 0 ? host.command : -host.launcher;
        kill(to, stops[i % 4 % 3]);
        if (i % 5 != 0)
            usleep((useconds_t)(i * 7 % 400));
        kill(to, SIGCONT);
        kill(host.launcher, SIGUSR1);
        assert_signal(SIGUSR1);
    }
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* As in a frozen cgroup: its channel fills, and it is told the last state when it reads again. */
static void frozen_while_the_command_stops_many_times__told_the_end(void **state)
{
    int status;
    start("wait_with_default_signals");
    assert_int_equal(ptrace(PTRACE_SEIZE, host.launcher, NULL, NULL), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, host.launcher, NULL, NULL), 0);
    assert_int_equal(waitpid(host.launcher, &status, __WALL), host.launcher);
    for (int i = 0; i < 500; i++) {
        kill(host.command, i % 2 == 0 ? SIGTSTP : SIGSTOP);
        assert_true(proxy_state(host.command, "T"));
        kill(host.command, SIGCONT);
        assert_true(proxy_state(host.command, "SR"));
    }
    kill(host.command, SIGTERM);
    assert_signal(SIGTERM);
    assert_true(proxy_state(host.command, "XZ"));
    assert_int_equal(ptrace(PTRACE_DETACH, host.launcher, NULL, NULL), 0);
    assert_int_equal(proxy_wait(&host), 0);
}

static void stopped_command_killed__launcher_ends(void **state)
{
    start("wait_with_default_signals");
    kill(-host.launcher, SIGSTOP);
    assert_true(proxy_state(host.launcher, "T"));
    kill(host.command, SIGKILL);
    assert_int_equal(proxy_wait(&host), SIGKILL);
}

static void launcher_killed__command_killed(void **state)
{
    static const int before[] = {0, SIGSTOP, SIGTSTP};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        start("survives_its_parent");
        kill(-host.launcher, before[i]);
        kill(host.launcher, SIGKILL);
        assert_true(proxy_state(host.command, "XZ"));
        assert_true(proxy_is_silent(&host));
        assert_int_equal(proxy_wait(&host), SIGKILL);
    }
}

static double processor_time(pid_t pid)
{
    struct timespec time = {0};
    clockid_t clock;
    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    assert_int_equal(clock_gettime(clock, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* It cannot tell anybody of the command's end, and must not try for ever. */
static void launcher_killed_and_a_daemon_there__supervisor_sleeps(void **state)
{
    int daemon = 0;
    start("leaves_a_daemon");
    assert_int_equal(sscanf(proxy_line(&host), "daemon: %d", &daemon), 1);
    kill(host.launcher, SIGKILL);
    assert_true(proxy_state(host.command, "X"));
    const double before = processor_time(host.supervisor);
    usleep(500000);
    assert_true(processor_time(host.supervisor) - before < 0.1);
    kill(daemon, SIGKILL);
    assert_true(proxy_state(host.supervisor, "XZ"));
    assert_int_equal(proxy_wait(&host), SIGKILL);
}

/* unshare -p without -f: the supervisor is process 1 there, and does not see its parent. */
static void launcher_of_another_pid_namespace_killed__command_killed(void **state)
{
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    int output[2], status;
    char text[256];
    if (pipe2(output, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    const pid_t launcher = fork();
    if (launcher == 0) {
        dup2(output[1], STDOUT_FILENO);
        if (unshare(CLONE_NEWPID) != 0)
            err(EXIT_FAILURE, "CLONE_NEWPID");
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", STATIC_HOST, "survives_its_parent",
               NULL, environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(output[1]);
    assert_true(read(output[0], text, sizeof text) > 0); /* "ready" */
    kill(launcher, SIGKILL);
    assert_int_equal(waitpid(launcher, &status, 0), launcher);
    struct pollfd end = {output[0], POLLIN, 0};
    assert_int_equal(poll(&end, 1, 60000), 1);
    assert_int_equal(read(output[0], text, sizeof text), 0);
    close(output[0]);
}

static void supervisor_killed__command_killed_and_125(void **state)
{
    start("survives_its_parent");
    kill(host.supervisor, SIGKILL);
    assert_line("privbind: the supervisor has ended, and the command with it; if nobody killed "
                "it, see the system log");
    assert_true(proxy_state(host.command, "XZ"));
    assert_int_equal(WEXITSTATUS(proxy_wait(&host)), 125);
}

/* Each interrupts its wait, which is no failure to wait. */
static void supervisor_continued_again_and_again__goes_on(void **state)
{
    start("wait_with_default_signals");
    for (int i = 0; i < 200; i++) {
        kill(host.supervisor, SIGCONT);
        usleep(12000);
    }
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

static void daemon__outlives_the_launcher_and_is_served(void **state)
{
    proxy_start(&host, "daemon_binds_after_the_launcher", false, NULL);
    struct proxy_run daemon = host;
    int status;
    assert_int_equal(waitpid(host.launcher, &status, 0), host.launcher);
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_string_equal(proxy_line(&daemon), "launcher is there: 0");
    assert_string_equal(proxy_line(&daemon), "daemon: ok");
    /* The supervisor's stderr is not the caller's any more, nor is it there for long. */
    assert_true(proxy_is_silent(&daemon));
    fclose(daemon.lines);
}

static void allow_cores(void)
{
    static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &unlimited);
    if (chdir("/") != 0)
        err(EXIT_FAILURE, "/");
}

static void killed_by_SIGSEGV__launcher_too_without_a_core(void **state)
{
    proxy_start(&host, "wait_with_default_signals", true, allow_cores);
    kill(host.command, SIGSEGV);
    const int status = proxy_wait(&host);
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    assert_false(WCOREDUMP(status));
}

/* This process is process 1 here. */
static void ended__no_process_left_to_process_1(void **state)
{
    for (int i = 0; i < 20; i++) {
        start("signals_one_by_one");
        kill(host.launcher, SIGTERM);
        assert_signal(SIGTERM);
        assert_int_equal(proxy_wait(&host), 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
}

static void two_hundred_at_once__all_end_as_they_should(void **state)
{
    static struct proxy_run runs[200];
    for (size_t i = 0; i < 200; i++)
        proxy_start(&runs[i], "ipv4_any__bound", false, NULL);
    for (size_t i = 0; i < 200; i++) {
        /* They share a network: another may have the port, which is EADDRINUSE without a word. */
        const char *line = proxy_line(&runs[i]);
        if (strcmp(line, "0.0.0.0: ok") != 0)
            assert_string_equal(line, "0.0.0.0: errno 98");
        while (!proxy_is_silent(&runs[i]))
            continue;
        assert_int_equal(proxy_wait(&runs[i]), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_proxy_end_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stopped_and_continued__launcher_as_the_command),
        TEST(stopped_and_continued_at_once__none_stays_stopped),
        TEST(frozen_while_the_command_stops_many_times__told_the_end),
        TEST(stopped_command_killed__launcher_ends),
        TEST(launcher_killed__command_killed),
        TEST(launcher_killed_and_a_daemon_there__supervisor_sleeps),
        TEST(launcher_of_another_pid_namespace_killed__command_killed),
        TEST(supervisor_killed__command_killed_and_125),
        TEST(supervisor_continued_again_and_again__goes_on),
        TEST(daemon__outlives_the_launcher_and_is_served),
        TEST(killed_by_SIGSEGV__launcher_too_without_a_core),
        TEST(ended__no_process_left_to_process_1),
        TEST(two_hundred_at_once__all_end_as_they_should),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return 0; /* proxy.c says why */
#else
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("standing for the command: ends", tests, NULL, NULL);
#endif
}
