/* A supervised command's launcher, which stands for it: signals, stops, ends. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proxy.h"

static struct proxy_run host;

static void start(const char *scenario)
{
    proxy_start(&host, scenario, true, NULL);
}

static void assert_line(const char *expected)
{
    assert_string_equal(proxy_line(&host), expected);
}

static void assert_signal(int number)
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
    assert_line("privbind: the supervisor has ended, and with it the command; somebody has killed "
                "it, or see the system log");
    assert_true(proxy_state(host.command, "XZ"));
    assert_int_equal(WEXITSTATUS(proxy_wait(&host)), 125);
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

static void resource_usage__the_command_s(void **state)
{
    struct rusage usage;
    proxy_start(&host, "busy_for_a_while", false, NULL);
    assert_int_equal(wait4(host.launcher, NULL, 0, &usage), host.launcher);
    assert_true(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec > 0 ||
                usage.ru_utime.tv_usec + usage.ru_stime.tv_usec >= 200000);
    fclose(host.lines);
}

static void read_lines(char *text, size_t size)
{
    text[0] = '\0';
    while (!proxy_is_silent(&host)) {
        strncat(text, host.line, size - 1 - strlen(text));
        strncat(text, "\n", size - 1 - strlen(text));
    }
}

static void start_with_peculiar_signals(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGRTMIN + 1);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    dup2(STDOUT_FILENO, 7);
    close(STDIN_FILENO);
}

static void start_by_itself(void)
{
    start_with_peculiar_signals();
    execl(STATIC_HOST, STATIC_HOST, "as_started", NULL);
}

/* Mask, ignored signals, descriptors, session: as started without privbind. */
static void what_the_command_inherits__as_without(void **state)
{
    static char without[4096], with[4096];
    proxy_start(&host, "as_started", false, start_by_itself);
    read_lines(without, sizeof without);
    assert_int_equal(proxy_wait(&host), 0);
    proxy_start(&host, "as_started", false, start_with_peculiar_signals);
    read_lines(with, sizeof with);
    assert_int_equal(proxy_wait(&host), 0);
    char *own = strstr(without, "group is its own: 1");
    assert_non_null(own);
    own[strlen("group is its own: ")] = '0'; /* it is the launcher's */
    assert_string_equal(with, without);
}

static void process_variables__name_the_command(void **state)
{
    static const char *const argv[] = {
        SANDBOX_LAUNCHER,
        "-m",
        "seccomp",
        "/bin/sh",
        "-c",
        "[ $LISTEN_PID = $$ ] && [ $WATCHDOG_PID = 1 ] && [ -z \"$LISTEN_PIDFDID\" ] &&"
        "echo as they should be",
        NULL};
    static const char *const shell[] = {
        "/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_PIDFDID=1 WATCHDOG_PID=1 exec \"$@\"", "sh", NULL};
    const char *all[16];
    size_t count = 0;
    for (size_t i = 0; shell[i] != NULL; i++)
        all[count++] = shell[i];
    for (size_t i = 0; i < sizeof argv / sizeof argv[0]; i++)
        all[count++] = argv[i];
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    assert_string_equal(
        run(&(struct run){.argv = all, .environment = environment})->standard_output,
        "as they should be\n");
}

/* What process 1 leaves, the kernel kills. */
static void as_process_1__ends_with_the_command(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,      "-m", "seccomp", "/bin/sh", "-c",
                                "sleep 1000 & exit 3", NULL};
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .as_root = system_become_process_1});
    assert_int_equal(WEXITSTATUS(result->status), 3);
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
        /* They share a network: one has the port, or none has it any more. */
        const char *line = proxy_line(&runs[i]);
        if (strcmp(line, "0.0.0.0: ok") != 0)
            assert_contains(line, "privbind: tcp 0.0.0.0:80: bind: Address ");
        while (!proxy_is_silent(&runs[i]))
            continue;
        assert_int_equal(proxy_wait(&runs[i]), 0);
    }
}

/* With too few of anything a line says so, and nothing hangs or is left. */
static void few_descriptors__works_or_says_why(void **state)
{
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    char script[128];
    for (int limit = 1; limit <= 16; limit++) {
        snprintf(script, sizeof script,
                 "ulimit -n %d; exec %s -m seccomp %s unprivileged_port__bound", limit,
                 SANDBOX_LAUNCHER, STATIC_HOST);
        const char *const argv[] = {"/bin/sh", "-c", script, NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = environment});
        assert_true(WIFEXITED(result->status));
        if (WEXITSTATUS(result->status) != 0) {
            assert_true(limit < 12);
            assert_int_equal(WEXITSTATUS(result->status), 125);
            assert_contains(result->standard_error, "privbind: ");
        }
        assert_true(run_left_nothing());
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
        TEST(timer_set_before__comes_to_the_command),
        TEST(signal_during_start__not_lost),
        TEST(stopped_and_continued__launcher_as_the_command),
        TEST(stopped_and_continued_at_once__none_stays_stopped),
        TEST(stopped_command_killed__launcher_ends),
        TEST(launcher_killed__command_killed),
        TEST(launcher_of_another_pid_namespace_killed__command_killed),
        TEST(supervisor_killed__command_killed_and_125),
        TEST(daemon__outlives_the_launcher_and_is_served),
        TEST(killed_by_SIGSEGV__launcher_too_without_a_core),
        TEST(resource_usage__the_command_s),
        TEST(what_the_command_inherits__as_without),
        TEST(process_variables__name_the_command),
        TEST(as_process_1__ends_with_the_command),
        TEST(ended__no_process_left_to_process_1),
        TEST(two_hundred_at_once__all_end_as_they_should),
        TEST(few_descriptors__works_or_says_why),
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
