/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */
#include <linux/seccomp.h>

#include "sandbox.h"

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */
#define EXIT_STOP (SIGTRAP | PTRACE_EVENT_EXIT << 8)
#define EXEC_STOP (SIGTRAP | PTRACE_EVENT_EXEC << 8)
#define SCENARIO "counted_binds__bound"

/* Or the broker does, with a call more than where the limits are the same. */
static void raise_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static pid_t start(const char *launcher, const char *host, const char *const *environment)
{
    const char *const supervised[] = {launcher, "-m", "seccomp", host, SCENARIO, NULL};
    const char *const alone[] = {host, SCENARIO, NULL};
    const char *const *argv = launcher != NULL ? supervised : alone;
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
        execve(argv[0], (char *const *)argv, (char *const *)environment);
        err(EXIT_FAILURE, "%s", argv[0]);
    }
    return pid;
}

/* The system call that a process is about to make. Returns false if it is not about to. */
static bool call_of(pid_t pid, struct ptrace_syscall_info *info)
{
    return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof *info, info) > 0 &&
           info->op == PTRACE_SYSCALL_INFO_ENTRY;
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
    } else {
        trace->calls[trace->segment]++;
        trace->calls_of_host[trace->segment] += is_host;
    }
}

static bool is_poll(long call)
{
#ifdef SYS_poll
    if (call == SYS_poll)
        return true;
#endif
    return call == SYS_ppoll;
}

/* It serves one notification between two waits for them; one of the waits counts. */
static void count_of_supervisor(struct trace *trace, const struct ptrace_syscall_info *info)
{
    static unsigned calls;
    static bool is_notified;
    calls++;
    is_notified = is_notified || (info->entry.nr == SYS_ioctl &&
                                  (unsigned)info->entry.args[1] == SECCOMP_IOCTL_NOTIF_RECV);
    if (!is_poll((long)info->entry.nr))
        return;
    if (is_notified && trace->notifications < TRACE_BINDS)
        trace->calls_of_supervisor[trace->notifications++] = calls;
    is_notified = false;
    calls = 0;
}

/* Whether the program that a process executes is that one, by its file's name. */
static bool executes(pid_t pid, const char *path)
{
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)pid);
    const ssize_t length = readlink(link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = '\0';
    return strcmp(target, path) == 0;
}

bool trace_binds(const char *launcher, const char *host, const char *const *environment,
                 struct trace *trace)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEEXIT;
    int status;
    struct ptrace_syscall_info info;
    pid_t pid, command = start(launcher, host, environment), hosting = 0, supervisor = 0;

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
        if (number == SYSCALL_STOP && call_of(pid, &info)) {
            count(trace, pid == hosting, (long)info.entry.nr);
            if (pid == supervisor)
                count_of_supervisor(trace, &info);
        } else if (status >> 8 == EXEC_STOP) {
            hosting = executes(pid, host) ? pid : hosting;
            supervisor = executes(pid, SANDBOX_SUPERVISOR) ? pid : supervisor;
        } else if (status >> 8 == EXIT_STOP && trace->helper_peak == 0) {
            trace->helper_peak = peak_of_helper(pid);
        }
        /* Events and the stop that a new child starts with are not for the program. */
        if (number == SYSCALL_STOP || status >> 16 != 0 || number == SIGSTOP)
            number = 0;
        ptrace(PTRACE_SYSCALL, pid, NULL, number);
    }
    return true;
}
