/* SPDX-License-Identifier: MIT */
/* The supervised command as a process: its end, signals, jobs, and other supervisors. */
#include "supervise.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void daemon__served_until_it_ends(void **state)
{
    const struct run_result *result = supervised("daemon_binds_after_its_parent");
    assert_string_equal(result->standard_output, "daemon: ok\n");
    assert_int_equal(WEXITSTATUS(result->status), 5); /* the command's own */
}

static const struct run_result *shell(const char *script)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/sh", "-c", script, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

/* As whoever runs "daemon | logger": the supervisor stays, and must not keep the pipe. */
static void daemon_has_closed_its_stderr__reader_sees_the_end(void **state)
{
    const struct run_result *result = shell("/bin/sleep 1000 </dev/null >/dev/null 2>&1 & echo $!");
    const pid_t pid = (pid_t)strtol(result->standard_output, NULL, 10);
    assert_true(pid > 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(run_took_less(result, 20));
}

/* What was told of the stop must not silence the supervisor. */
static void stopped_and_continued__refusals_are_said(void **state)
{
    sandbox_policy("allow anyone udp 80\n");
    const struct run_result *result = shell("{ sleep 0.3; kill -CONT $$; } & kill -STOP $$; wait; "
                                            "exec " HOST " ipv4_any__bound");
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_contains(result->standard_error, "privbind: tcp 0.0.0.0:80: no rule allows ");
}

static void exit_status_and_death__as_the_command(void **state)
{
    assert_int_equal(WEXITSTATUS(shell("exit 7")->status), 7);
    assert_int_equal(WTERMSIG(shell("kill -TERM $$")->status), SIGTERM);
    assert_int_equal(WTERMSIG(shell("kill -SEGV $$")->status), SIGSEGV);
    assert_int_equal(WTERMSIG(shell("kill -KILL $$")->status), SIGKILL);
}

/* The supervisor is the parent of orphans, too. */
static void orphan_ends_first__status_of_the_command(void **state)
{
    const struct run_result *result = shell("(/bin/sleep 0.1 &); /bin/sleep 0.5; echo end; exit 7");
    assert_string_equal(result->standard_output, "end\n");
    assert_int_equal(WEXITSTATUS(result->status), 7);
}

static pid_t start_supervised(const char *command, const char *argument, int *output)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(channel[1], STDOUT_FILENO);
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", command, argument, NULL, environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(channel[1]);
    *output = channel[0];
    return pid;
}

static void signals__passed_on(void **state)
{
    static const int sent[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGINT, SIGCONT, SIGTERM};
    int output, status;
    char line[64], expected[64];
    pid_t pid = start_supervised(STATIC_HOST, "signals_received", &output);
    FILE *lines = fdopen(output, "r");
    assert_non_null(fgets(line, sizeof line, lines));
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        kill(pid, sent[i]);
        snprintf(expected, sizeof expected, "signal: %d\n", sent[i]);
        assert_non_null(fgets(line, sizeof line, lines));
        assert_string_equal(line, expected);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    fclose(lines);
}

/* A terminal of one's own, with the launcher as the job in front. Returns -1 if there is none. */
static pid_t start_on_terminal(int *terminal)
{
    *terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*terminal < 0 || grantpt(*terminal) != 0 || unlockpt(*terminal) != 0)
        return -1;
    const char *name = ptsname(*terminal);
    fflush(NULL);
    pid_t session = fork();
    if (session != 0)
        return session;
    setsid();
    int slave = open(name, O_RDWR);
    ioctl(slave, TIOCSCTTY, 0);
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, getpid());
        signal(SIGTTOU, SIG_DFL);
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", "/bin/sleep", "60", NULL,
               environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    /* As a shell does: waits for the stop, continues the job, waits for its end. */
    int stopped = 0, ended = 0;
    waitpid(job, &stopped, WUNTRACED);
    kill(-job, SIGCONT);
    usleep(100000);
    dprintf(slave, "stopped %d\n", WIFSTOPPED(stopped));
    waitpid(job, &ended, 0);
    _exit(WIFSTOPPED(stopped) && WIFSIGNALED(ended) ? WTERMSIG(ended) : 99);
}

static void job_control__stops_continues_and_is_interrupted(void **state)
{
    int terminal, status;
    char text[256] = "";
    size_t used = 0;
    pid_t session = start_on_terminal(&terminal);
    if (session < 0)
        cannot_run("no pseudo-terminal (/dev/ptmx, devpts)");
    usleep(500000); /* until sleep runs */
    if (write(terminal, "\032", 1) != 1)
        err(EXIT_FAILURE, "terminal");
    while (strstr(text, "stopped 1") == NULL) {
        ssize_t count = read(terminal, text + used, sizeof text - 1 - used);
        assert_true(count > 0);
        used += (size_t)count;
    }
    if (write(terminal, "\003", 1) != 1)
        err(EXIT_FAILURE, "terminal");
    waitpid(session, &status, 0);
    assert_int_equal(WEXITSTATUS(status), SIGINT);
    close(terminal);
}

static void supervised_in_supervised__served_by_the_outer(void **state)
{
    const struct run_result *result =
        shell("PRIVBIND_DEBUG=1 exec " SANDBOX_LAUNCHER " " STATIC_HOST " ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error,
                        "privbind: " STATIC_HOST ": supervised already, by an outer privbind: "
                        "a static program\n");
}

static void doctor_in_supervised__says_who_binds(void **state)
{
    const struct run_result *result = shell("exec " SANDBOX_LAUNCHER " --check 80/tcp");
    assert_contains(result->standard_output, "\nnote  supervision: this process is supervised by ");
    assert_contains(result->standard_output, "80/tcp worked: by an outer privbind\n");
}

/* As a container's manager may have one. */
static void install_foreign_listener(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {1, code};
    const long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0 || fcntl((int)listener, F_SETFD, 0) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void supervised_by_another__says_why(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "x", NULL};
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .as_root = install_foreign_listener});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error,
                    "privbind: cannot supervise the command through seccomp: another supervisor's "
                    "filter is already in place");
}

static void undumpable_program__says_so_once(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("with one uid only, root's files cannot be told from others");
    const struct run_result *result = supervised("undumpable_bind");
    assert_string_equal(result->standard_output, "unprivileged: ok\nbind: errno 13\n");
    const char *line = "the program is undumpable (PR_SET_DUMPABLE, ";
    assert_contains(result->standard_error, line);
    assert_null(strstr(strstr(result->standard_error, line) + 1, line));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_supervised_process_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(daemon__served_until_it_ends),
        TEST(daemon_has_closed_its_stderr__reader_sees_the_end),
        TEST(stopped_and_continued__refusals_are_said),
        TEST(exit_status_and_death__as_the_command),
        TEST(orphan_ends_first__status_of_the_command),
        TEST(signals__passed_on),
        TEST(job_control__stops_continues_and_is_interrupted),
        TEST(supervised_in_supervised__served_by_the_outer),
        TEST(doctor_in_supervised__says_who_binds),
        TEST(supervised_by_another__says_why),
        TEST(undumpable_program__says_so_once),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return 0; /* supervise.c says why */
#else
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("supervision: processes", tests, NULL, NULL);
#endif
}
