/* SPDX-License-Identifier: MIT */
/*
 * Between the last look at the deadline and bind(2) lie a few instructions. No test can stop a
 * helper there by chance, so root goes through it step by step.
 */
#include "system.h"

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */

#define OUTPUT SANDBOX_DIR "/output"
#define SYSCALL_STOP (SIGTRAP | 0x80)
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
static pid_t start_host(void)
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
        dup2(open(OUTPUT, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), STDOUT_FILENO);
        dup2(STDOUT_FILENO, STDERR_FILENO);
        /* Now, since the credentials of this moment are taken for the tracer's. */
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(EXIT_FAILURE);
        raise(SIGSTOP);
        sandbox_become_target(false);
        execve(HOST, (char *const *)argv, (char *const *)system_environment);
        err(EXIT_FAILURE, HOST);
    }
    return pid;
}

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
    kill(pid, SIGCONT); /* as after a stop, however long */
}

/* Returns false if it cannot be traced. */
static bool step_through(pid_t command)
{
    int status;
    unsigned capsets = 0;
    pid_t pid, helper = 0;
    if (waitpid(command, &status, 0) != command || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, command, NULL,
               PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) != 0)
        return false;
    ptrace(PTRACE_CONT, command, NULL, 0);
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        struct ptrace_syscall_info info = {0};
        if (!WIFSTOPPED(status))
            continue;
        int number = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) && pid != command)
            helper = pid;
        if (number == SYSCALL_STOP && capsets < 2 &&
            ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
            info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_capset && ++capsets == 2)
            stop_before_bind(pid); /* the first one gave up all the others */
        if (number == SYSCALL_STOP || status >> 16 != 0 || number == SIGSTOP)
            number = 0;
        ptrace(pid == helper && capsets < 2 ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, number);
    }
    return true;
}
#endif

static void stopped_right_before_the_bind__decided_anew(void **state)
{
    cannot_run_sanitized("its runtime makes calls of its own");
#ifdef CANNOT_STEP
    cannot_run("this test does not know this machine's registers");
#else
    char output[4096] = "";
    if (!step_through(start_host()))
        cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)");
    FILE *file = fopen(OUTPUT, "re");
    assert_non_null(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    assert_contains(output, "0.0.0.0: errno 13\n");
    assert_contains(output, ":1 denies it to ");
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_window_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stopped_right_before_the_bind__decided_anew),
    };
    return cmocka_run_group_tests_name("right before the bind", tests, NULL, NULL);
}
