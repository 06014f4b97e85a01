/* SPDX-License-Identifier: MIT */
/* The supervisor and who asks it, at the worst moment; what is no listener. */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */

#include "proxy.h"

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

static bool set_last_number(int number)
{
    char text[16];
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    const int length = snprintf(text, sizeof text, "%d", number);
    const bool is_set = write(fd, text, (size_t)length) == length;
    close(fd);
    return is_set;
}

/* In the midst of a bind by ptrace(2): between the notification and the look at who made it. */
static bool hold(pid_t pid)
{
    int status;
    return ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) == 0 &&
           ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && waitpid(pid, &status, __WALL) == pid;
}

/* Lets it go on up to the entry or the exit of that ioctl(2). */
static bool go_on_to(pid_t pid, unsigned char op, unsigned long request)
{
    struct ptrace_syscall_info info;
    int status, number = 0;
    unsigned long entered = 0;
    while (ptrace(PTRACE_SYSCALL, pid, NULL, number) == 0 && waitpid(pid, &status, __WALL) == pid &&
           WIFSTOPPED(status)) {
        number = WSTOPSIG(status) == SYSCALL_STOP || status >> 16 != 0 ? 0 : WSTOPSIG(status);
        if (WSTOPSIG(status) != SYSCALL_STOP ||
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0)
            continue;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
            entered = info.entry.nr == SYS_ioctl ? (unsigned long)info.entry.args[1] : 0;
        if (info.op == op && entered == request)
            return true;
    }
    return false;
}

static void number_comes_again_in_the_middle__nothing_bound_for_the_new_one(void **state)
{
    struct proxy_run host;
    char first[64];
    int number = 0;
    cannot_run_sanitized("there are no static programs");
    system_copy_built("host-static", STATIC_HOST);
    proxy_start(&host, "number_comes_again_in_the_middle", true, NULL);
    strcpy(first, proxy_line(&host));
    assert_int_equal(sscanf(first, "number: %d", &number), 1);
    const bool is_held = hold(host.supervisor);
    kill(number, SIGUSR1);
    const bool is_notified =
        is_held && go_on_to(host.supervisor, PTRACE_SYSCALL_INFO_EXIT, SECCOMP_IOCTL_NOTIF_RECV);

    kill(number, SIGKILL);
    assert_true(proxy_state(number, "X"));
    const bool is_set = set_last_number(number - 1);
    kill(host.command, SIGUSR1);
    if (is_set)
        assert_string_equal(proxy_line(&host), first);
    else
        assert_int_equal(sscanf(proxy_line(&host), "number: %d", &number), 1);
    if (is_notified)
        go_on_to(host.supervisor, PTRACE_SYSCALL_INFO_ENTRY, SECCOMP_IOCTL_NOTIF_SEND);
    ptrace(PTRACE_DETACH, host.supervisor, NULL, NULL);
    kill(number, SIGUSR1);
    const bool is_unbound = strstr(proxy_line(&host), "name: 0.0.0.0 port 0 ") != NULL;
    proxy_wait(&host);
    if (!is_set || !is_notified)
        cannot_run("process numbers cannot be chosen, or the supervisor cannot be traced here");
    assert_true(is_unbound);
}

static const struct run_result *run_scenario(const char *scenario)
{
    const char *const argv[] = {STATIC_HOST, scenario, NULL};
    const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    cannot_run_sanitized("there are no static programs");
    system_copy_built("host-static", STATIC_HOST);
    return run(&(struct run){.argv = argv, .environment = environment});
}

/* A number that is no child's, a parent that did not make the channel to it, another argument, a
 * descriptor that is no channel. */
static void started_wrongly__does_not_serve(void **state)
{
    const struct run_result *result = run_scenario("supervisors_started_wrongly");
    assert_string_equal(
        result->standard_output,
        "status: 1\nstatus: 1\ncommand is killed: 1\nstatus: 2\nstatus: 2\nstatus: 2\n");
    assert_contains(result->standard_error, "cannot watch over the command: privbind has ended\n");
}

static void another_file_as_listener__refused(void **state)
{
    const char *const output = run_scenario("another_file_as_listener")->standard_output;
    assert_contains(output, "what arrived is not a seccomp filter's listener\n");
    assert_contains(output, "bind: errno 13\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_number_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(number_comes_again_in_the_middle__nothing_bound_for_the_new_one),
        TEST(started_wrongly__does_not_serve),
        TEST(another_file_as_listener__refused),
    };
    return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
