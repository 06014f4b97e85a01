/* SPDX-License-Identifier: MIT */
/* A supervised command's launcher, which stands for it: signals. */
#include "launched.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct proxy_run host;

void start(const char *scenario)
{
    proxy_start(&host, scenario, true, NULL);
}

void assert_line(const char *expected)
{
    assert_string_equal(proxy_line(&host), expected);
}

void assert_signal(int number)
{
    char expected[32];
    snprintf(expected, sizeof expected, "%d 0", number);
    assert_line(expected);
}

/* Which of the signals that can be blocked are sent: all but those that libc keeps for itself. */
static bool is_sent(int number)
{
    return number != SIGKILL && number != SIGSTOP && number != SIGTERM && number != SIGTTOU &&
           number != 32 && number != 33 && number != 34;
}

/* A second one of a number would be the line before the next number's. */
static void every_signal__comes_once(void **state)
{
    start("signals_one_by_one");
    for (int number = 1; number < NSIG; number++) {
        for (int to_group = 0; is_sent(number) && to_group < 2; to_group++) {
            kill(to_group ? -host.launcher : host.launcher, number);
            assert_signal(number);
        }
    }
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* The two processes get the group's at the same time: who of them is the first is chance. */
static void group_and_single_signals_mixed__each_comes_once(void **state)
{
    start("signals_one_by_one");
    for (int i = 0; i < 3000; i++) {
        kill(-host.launcher, SIGUSR1);
        if (i % 3 == 0)
            assert_signal(SIGUSR1);
        kill(host.launcher, SIGUSR2);
        if (i % 3 == 0) {
            assert_signal(SIGUSR2);
            continue;
        }
        /* Either may come first. */
        const bool first = strcmp(proxy_line(&host), "10 0") == 0;
        assert_string_equal(first ? "10 0" : "12 0", host.line);
        assert_line(first ? "12 0" : "10 0");
    }
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

static void queued_values__kept_in_order(void **state)
{
    start("signals_one_by_one");
    for (int i = 1; i <= 20; i++)
        sigqueue(host.launcher, SIGRTMIN + 3, (union sigval){.sival_int = i});
    for (int i = 1; i <= 20; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "%d %d", SIGRTMIN + 3, i);
        assert_line(expected);
    }
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* kill(0, ...): the launcher must not send it back. */
static void group_signal_by_the_command__comes_once(void **state)
{
    start("signals_of_its_own_accord");
    assert_signal(SIGUSR1);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

static bool file_contains(pid_t pid, const char *file, const char *part)
{
    char path[64], bytes[256];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t count = read(fd, bytes, sizeof bytes);
    close(fd);
    return count > 0 && memmem(bytes, (size_t)count, part, strlen(part)) != NULL;
}

/* As pkill(1), killall(1) and pkill -f do; the witness, which is younger, first. */
static void every_process_of_its_name_signalled__not_taken_for_the_group(void **state)
{
    static const char *const files[] = {"comm", "cmdline"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int signalled = 0;
        start("signals_one_by_one");
        for (pid_t pid = host.launcher + 100; pid >= host.launcher; pid--) {
            if (file_contains(pid, files[i], "privbind") && pid != host.command &&
                pid != host.supervisor)
                signalled += kill(pid, SIGTERM) == 0;
        }
        assert_true(signalled >= 1);
        assert_signal(SIGTERM);
        assert_int_equal(proxy_wait(&host), 0);
    }
}

/* A process that leads its group cannot leave it: without privbind the command would have got it.
 */
static void command_left_the_group__signals_to_it_passed_on(void **state)
{
    start("signals_in_a_group_of_its_own");
    kill(-host.launcher, SIGINT);
    assert_signal(SIGINT);
    kill(-host.launcher, SIGCONT);
    assert_signal(SIGCONT);
    kill(-host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* timeout(1) sends a signal to its child and to its group, which the second one has left. */
static void command_left_the_group_of_another__signals_to_it_passed_on(void **state)
{
    static const char *const argv[] = {"/usr/bin/timeout",          "1",  SANDBOX_LAUNCHER,
                                       "/usr/bin/timeout",          "20", STATIC_HOST,
                                       "wait_with_default_signals", NULL};
    const time_t start_of_it = time(NULL);
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = system_environment});
    assert_int_equal(WEXITSTATUS(result->status), 124);
    assert_true(time(NULL) - start_of_it < 15);
}

static void set_alarm(void)
{
    alarm(1);
}

/* perl -e 'alarm 5; exec ...': a timer stays over execve(2), and is the launcher's. */
static void timer_set_before__comes_to_the_command(void **state)
{
    proxy_start(&host, "signals_one_by_one", true, set_alarm);
    assert_line("14 0");
    kill(host.launcher, SIGTERM);
    assert_signal(SIGTERM);
    assert_int_equal(proxy_wait(&host), 0);
}

/* Before there is a command to send it to, and while there is: it ends by it all the same. */
static void signal_during_start__not_lost(void **state)
{
    static struct proxy_run early;
    for (int i = 0; i < 60; i++) {
        proxy_start(&early, "wait_with_default_signals", false, NULL);
        usleep((useconds_t)(i / 2) * 200);
        kill(i % 2 == 0 ? -early.launcher : early.launcher, SIGINT);
        /* The launcher may not have been its group's leader yet. */
        if (i % 2 == 0)
            kill(early.launcher, SIGINT);
        assert_int_equal(proxy_wait(&early), SIGINT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void standing_for_the_command__needs_a_static_host(void **state)
{
    cannot_run_sanitized("there are no static programs");
}

int run_proxy_tests(void)
{
    const struct CMUnitTest none[] = {TEST(standing_for_the_command__needs_a_static_host)};
    const struct CMUnitTest tests[] = {
        TEST(every_signal__comes_once),
        TEST(group_and_single_signals_mixed__each_comes_once),
        TEST(queued_values__kept_in_order),
        TEST(group_signal_by_the_command__comes_once),
        TEST(every_process_of_its_name_signalled__not_taken_for_the_group),
        TEST(command_left_the_group__signals_to_it_passed_on),
        TEST(command_left_the_group_of_another__signals_to_it_passed_on),
        TEST(timer_set_before__comes_to_the_command),
        TEST(signal_during_start__not_lost),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return cmocka_run_group_tests_name("standing for the command", none, NULL, NULL);
#else
    (void)none;
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("standing for the command", tests, NULL, NULL);
#endif
}
