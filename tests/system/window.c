/* SPDX-License-Identifier: MIT */
/*
 * Between the last look at the deadline and bind(2) lie a few instructions. No test can stop a
 * helper there by chance, so root goes through it step by step.
 */
#include "system.h"

#include <elf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */

#include "protocol.h"
#include "trace.h"

#define STEPS_MAX 100000

#ifdef __x86_64__
static bool is_about_to_bind(pid_t pid, const struct user_regs_struct *registers)
{
    const long code = ptrace(PTRACE_PEEKTEXT, pid, registers->rip, NULL);
    return (code & 0xffff) == 0x050f && registers->rax == SYS_bind;
}
#elif defined __aarch64__
static bool is_about_to_bind(pid_t pid, const struct user_regs_struct *registers)
{
    const long code = ptrace(PTRACE_PEEKTEXT, pid, registers->pc, NULL);
    return (code & 0xffffffff) == 0xd4000001 && registers->regs[8] == SYS_bind;
}
#else
#define CANNOT_STEP 1
#endif

#ifndef CANNOT_STEP
static int sent; /* the signal that comes then */

/* The helper has raised the capability, and has looked at its deadline. */
static void stop_before_bind(pid_t pid)
{
    struct user_regs_struct registers;
    struct iovec place = {&registers, sizeof registers};
    int status, steps = 0;
    for (; steps < STEPS_MAX; steps++) {
        ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &place);
        if (is_about_to_bind(pid, &registers))
            break;
        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, 0) != 0 || waitpid(pid, &status, __WALL) != pid ||
            !WIFSTOPPED(status))
            return;
    }
    assert_true(steps < STEPS_MAX);
    sandbox_policy("deny anyone any\n");
    kill(pid, sent);
}

/* The helper's first capset(2) gives up all the others, the second one raises the capability. */
static void watch_helper(void *context, pid_t pid, int status,
                         const struct ptrace_syscall_info *call)
{
    unsigned *capsets = context;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
        *capsets = 0;
    if (call != NULL && call->entry.nr == SYS_capset && ++*capsets == 2)
        stop_before_bind(pid);
}

#endif

/* What a program prints meanwhile. */
static const char *seen(const char *const *argv, trace_watch *watch)
{
    static char text[4096];
    unsigned count = 0;
    int status, output = memfd_create("output", MFD_CLOEXEC);
    if (!trace_run(argv, system_environment, output, output, watch, &count, &status))
        cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)");
    const ssize_t length = pread(output, text, sizeof text - 1, 0);
    close(output);
    assert_true(length > 0);
    text[length] = '\0';
    return text;
}

#ifndef CANNOT_STEP
static const char *seen_with_signal(int number)
{
    static const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    sent = number;
    return seen(argv, watch_helper);
}
#endif

/* As after a stop, however long. */
static void stopped_right_before_the_bind__decided_anew(void **state)
{
    cannot_run_sanitized("its runtime makes calls of its own");
#ifdef CANNOT_STEP
    cannot_run("this test does not know this machine's registers");
#else
    const char *text = seen_with_signal(SIGCONT);
    assert_contains(text, "0.0.0.0: errno 13\n");
    assert_contains(text, ":1 denies it to ");
#endif
}

/* Of somebody else: the helper's own timer has not rung. */
static void alarm_right_before_the_bind__bound(void **state)
{
    cannot_run_sanitized("its runtime makes calls of its own");
#ifdef CANNOT_STEP
    cannot_run("this test does not know this machine's registers");
#else
    assert_contains(seen_with_signal(SIGALRM), "0.0.0.0: ok\n");
#endif
}

/* The entry in the log lies between the decision and the capability. */
static void watch_log(void *context, pid_t pid, int status, const struct ptrace_syscall_info *call)
{
    unsigned *entries = context;
    if (call != NULL && call->entry.nr == SYS_sendto && (*entries)++ == 0) {
        sandbox_policy("deny anyone any\n");
        kill(pid, SIGCONT);
    }
}

static void stopped_before_the_capability_is_raised__decided_anew(void **state)
{
    static const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    cannot_run_sanitized("its runtime makes calls of its own");
    const char *text = seen(argv, watch_log);
    assert_contains(text, "0.0.0.0: errno 13\n");
    assert_contains(text, ":1 denies it to ");
}

/* Keeps it from raising the capability until the time of that request is over. */
static void watch_supervisor(void *context, pid_t pid, int status,
                             const struct ptrace_syscall_info *call)
{
    unsigned *timers = context;
    if (call != NULL && call->entry.nr == SYS_setitimer)
        ++*timers;
    if (call != NULL && call->entry.nr == SYS_sendto && *timers == 1) {
        usleep((PRIVBIND_LIFE_REQUEST + 200) * 1000);
        ++*timers;
    }
}

static void supervisor_out_of_time__serves_the_next_bind(void **state)
{
    static const char *const argv[] = {SANDBOX_LAUNCHER,    "-m", "seccomp", HOST,
                                       "reuseport__shared", NULL};
    cannot_run_sanitized("its runtime makes calls of its own");
    const char *text = seen(argv, watch_supervisor);
    assert_contains(text, ":80: the helper was stopped before it could bind; try again\n");
    assert_contains(text, "first: errno 13\n");
    assert_contains(text, "second: ok\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_window_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stopped_right_before_the_bind__decided_anew),
        TEST(alarm_right_before_the_bind__bound),
        TEST(stopped_before_the_capability_is_raised__decided_anew),
        TEST(supervisor_out_of_time__serves_the_next_bind),
    };
    return cmocka_run_group_tests_name("right before the bind", tests, NULL, NULL);
}
