/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */

#include "sandbox.h"

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */
#define EXIT_STOP (SIGTRAP | PTRACE_EVENT_EXIT << 8)

/* Or the broker does, with a call more than where the limits are the same. */
static void raise_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static pid_t start(const char *host, const char *const *environment)
{
    const char *const argv[] = {host, "counted_binds__bound", NULL};
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        /* Now, since the credentials of this moment are taken for the tracer's. */
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(EXIT_FAILURE);
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        raise(SIGSTOP);
        raise_limit();
        sandbox_become_target(false);
        execve(host, (char *const *)argv, (char *const *)environment);
        err(EXIT_FAILURE, "%s", host);
    }
    return pid;
}

/* The number of the system call that a process is about to make, or -1. */
static long call_of(pid_t pid)
{
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return -1;
    return (long)info.entry.nr;
}

/* The helper is about to exit and has its memory still (proc(5), VmHWM). */
static unsigned long peak_of_helper(pid_t pid)
{
    char path[64], line[128];
    unsigned long peak = 0;
    bool is_helper = false;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        is_helper = is_helper || strcmp(line, "Name:\tprivbind-helper\n") == 0;
        sscanf(line, "VmHWM: %lu", &peak);
    }
    if (status != NULL)
        fclose(status);
    return is_helper ? peak : 0;
}

static void count(struct trace *trace, bool is_host, long call)
{
    if (call == SYS_getppid && is_host && trace->segment < TRACE_END) {
        trace->segment++;
    } else if (call >= 0) {
        trace->calls[trace->segment]++;
        trace->calls_of_host[trace->segment] += is_host;
    }
}

bool trace_binds(const char *host, const char *const *environment, struct trace *trace)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEEXIT;
    int status;
    pid_t pid, command = start(host, environment);

    *trace = (struct trace){.status = -1};
    if (waitpid(command, &status, 0) != command || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, command, NULL, options) != 0)
        return false;
    ptrace(PTRACE_SYSCALL, command, NULL, 0);
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (pid == command && !WIFSTOPPED(status))
            trace->status = status;
        if (!WIFSTOPPED(status))
            continue;
        int number = WSTOPSIG(status);
        if (number == SYSCALL_STOP)
            count(trace, pid == command, call_of(pid));
        else if (status >> 8 == EXIT_STOP && trace->helper_peak == 0)
            trace->helper_peak = peak_of_helper(pid);
        /* Events and the stop that a new child starts with are not for the program. */
        if (number == SYSCALL_STOP || status >> 16 != 0 || number == SIGSTOP)
            number = 0;
        ptrace(PTRACE_SYSCALL, pid, NULL, number);
    }
    return true;
}
