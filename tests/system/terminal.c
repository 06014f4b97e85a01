/* SPDX-License-Identifier: MIT */
/* A supervised command under an interactive shell, on a terminal. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"
#include "proxy.h"

#define MINUTE 60000 /* milliseconds */
#define COMMAND SANDBOX_LAUNCHER " -m seccomp "

static int terminal;
static char text[16384]; /* what it has shown since the last await() */

static pid_t start_shell(void)
{
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PS1=$ ",
                                              "TERM=dumb", "PATH=/usr/bin:/bin", NULL};
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        return -1;
    const char *name = ptsname(terminal);
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    setsid();
    int slave = open(name, O_RDWR);
    ioctl(slave, TIOCSCTTY, 0);
    fchmod(slave, 0666);
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    closefrom(3);
    sandbox_become_target(false);
    execle("/bin/bash", "bash", "--norc", "--noprofile", "--noediting", "-i", NULL, environment);
    err(EXIT_FAILURE, "bash");
}

static void type(const char *keys)
{
    if (write(terminal, keys, strlen(keys)) != (ssize_t)strlen(keys))
        err(EXIT_FAILURE, "terminal");
}

/* Reads until the terminal shows that. */
static void await(const char *expected)
{
    size_t used = 0;
    text[0] = '\0';
    while (strstr(text, expected) == NULL) {
        struct pollfd fd = {terminal, POLLIN, 0};
        ssize_t count = used + 1 < sizeof text && poll(&fd, 1, MINUTE) == 1
                            ? read(terminal, text + used, sizeof text - 1 - used)
                            : 0;
        if (count <= 0)
            fail_msg("\"%s\" is not in \"%s\"", expected, text);
        used += (size_t)count;
        text[used] = '\0';
    }
}

static void begin(void)
{
    if (access("/bin/bash", X_OK) != 0)
        cannot_run("no bash");
    if (start_shell() < 0)
        cannot_run("no pseudo-terminal (/dev/ptmx, devpts)");
    await("$ ");
}

static void end(void)
{
    type("exit\n");
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    close(terminal);
}

static void stopped_in_front__continued_and_interrupted(void **state)
{
    begin();
    type(COMMAND STATIC_HOST " says_when_it_continues\n");
    await("ready ");
    for (int i = 0; i < 20; i++) {
        type("\032");
        await("Stopped ");
        type("fg\n");
        /* A key before that is lost: SIGCONT takes back what is to stop it (signal(7)). And the
           launcher needs a moment to go on as well. */
        await("continued\r\n");
        usleep((useconds_t)(10000 * run_patience()));
    }
    type("\003");
    await("$ ");
    type("echo status $?\n");
    await("status 130");
    end();
}

static void in_the_background__continues_there(void **state)
{
    begin();
    type(COMMAND STATIC_HOST " wait_with_default_signals\n");
    await("ready ");
    type("\032");
    await("Stopped ");
    type("bg\n");
    await("&");
    type("kill -USR1 $(jobs -p)\n");
    await("10 0");
    type("kill -TERM %1\n");
    await("15 0");
    type("wait; echo 'all' ended\n");
    await("all ended");
    end();
}

static void reading_from_the_background__stopped_until_in_front(void **state)
{
    begin();
    type(COMMAND "/bin/cat &\n");
    await("$ ");
    type("until jobs | grep Stopped; do sleep 0.05; done\n");
    await("Stopped");
    await("$ ");
    type("fg\n");
    await("/bin/cat\r\n");
    type("a line\n");
    await("a line\r\na line\r\n"); /* by the terminal, and by cat */
    type("\004");
    await("$ ");
    end();
}

static void stop_handled_first__shell_waits_for_it(void **state)
{
    begin();
    type(COMMAND STATIC_HOST " terminal_restored_before_stop\n");
    await("ready ");
    type("\032");
    await("Stopped ");
    const char *restored = strstr(text, "restored\r\n");
    if (restored == NULL || restored > strstr(text, "Stopped "))
        fail_msg("stopped too early: %s", text);
    type("fg\n");
    await("back\r\n");
    type("\034");
    await("Quit");
    end();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void terminal__needs_a_static_host(void **state)
{
    cannot_run_sanitized("there are no static programs");
}

int run_terminal_tests(void)
{
    const struct CMUnitTest none[] = {TEST(terminal__needs_a_static_host)};
    const struct CMUnitTest tests[] = {
        TEST(stopped_in_front__continued_and_interrupted),
        TEST(in_the_background__continues_there),
        TEST(reading_from_the_background__stopped_until_in_front),
        TEST(stop_handled_first__shell_waits_for_it),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return cmocka_run_group_tests_name("terminal", none, NULL, NULL);
#else
    (void)none;
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
#endif
}
