/* SPDX-License-Identifier: MIT */
/* A supervised command's launcher, which stands for it: what the command inherits; limits. */
#include "launched.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

int run_proxy_inherit_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(resource_usage__the_command_s),       TEST(what_the_command_inherits__as_without),
        TEST(process_variables__name_the_command), TEST(as_process_1__ends_with_the_command),
        TEST(few_descriptors__works_or_says_why),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return 0; /* proxy.c says why */
#else
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("standing for the command: inheritance", tests, NULL, NULL);
#endif
}
