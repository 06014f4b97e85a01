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

static pid_t start(const char *const *argv, const char *const *environment, int output, int errors)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        /* Now, since the credentials of this moment are taken for the tracer's. */
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(EXIT_FAILURE);
        dup2(output, STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        raise(SIGSTOP);
        raise_limit();
        sandbox_become_target(false);
        execve(argv[0], (char *const *)argv, (char *const *)environment);
        err(EXIT_FAILURE, "%s", argv[0]);
    }
    return pid;
}

bool trace_run(const char *const *argv, const char *const *environment, int output, int errors,
               trace_watch *watch, void *context, int *status)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEEXIT;
    int stop;
    pid_t pid, command = start(argv, environment, output, errors);

    if (waitpid(command, &stop, 0) != command || !WIFSTOPPED(stop) ||
        ptrace(PTRACE_SETOPTIONS, command, NULL, options) != 0)
        return false;
    ptrace(PTRACE_SYSCALL, command, NULL, 0);
    while ((pid = waitpid(-1, &stop, __WALL)) > 0) {
        struct ptrace_syscall_info call;
        if (pid == command && !WIFSTOPPED(stop))
            *status = stop;
        if (!WIFSTOPPED(stop))
            continue;
        int number = WSTOPSIG(stop);
        const bool is_entry = number == SYSCALL_STOP &&
                              ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) > 0 &&
                              call.op == PTRACE_SYSCALL_INFO_ENTRY;
        watch(context, pid, stop, is_entry ? &call : NULL);
        /* Events and the stop that a new child starts with are not for the program. */
        if (number == SYSCALL_STOP || stop >> 16 != 0 || number == SIGSTOP)
            number = 0;
        ptrace(PTRACE_SYSCALL, pid, NULL, number);
    }
    return true;
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

/* Whether the program that a process executes is that one, by its file's name. */
static bool executes(pid_t pid, const char *path)
{
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)pid);
    const ssize_t length = readlink(link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = '\0';
    return strcmp(target, path) == 0;
}

/* poll(2) with -1 milliseconds, or ppoll(2) without a time. */
static bool is_endless_wait(const struct ptrace_syscall_info *call)
{
#ifdef SYS_poll
    if (call->entry.nr == SYS_poll)
        return (int)call->entry.args[2] == -1;
#endif
    return call->entry.nr == SYS_ppoll && call->entry.args[2] == 0;
}

/* Of trace_binds(). */
struct watching {
    struct trace *trace;
    const char *host;
    pid_t hosting, supervisor; /* 0: not yet */
    unsigned calls;            /* of the supervisor since it waited last */
    bool is_notified;          /* since then */
};

static void count(struct trace *trace, bool is_host, long call)
{
    if (call == SYS_getppid && is_host && trace->segment < TRACE_END) {
        trace->segment++;
    } else {
        trace->calls[trace->segment]++;
        trace->calls_of_host[trace->segment] += is_host;
    }
}

/* It serves one notification between two waits for them; one of the waits counts. */
static void count_of_supervisor(struct watching *watching, const struct ptrace_syscall_info *call)
{
    struct trace *trace = watching->trace;
    watching->calls++;
    if (call->entry.nr == SYS_ioctl && (unsigned)call->entry.args[1] == SECCOMP_IOCTL_NOTIF_RECV)
        watching->is_notified = true;
    if (!is_endless_wait(call))
        return;
    if (watching->is_notified && trace->notifications < TRACE_BINDS)
        trace->calls_of_supervisor[trace->notifications++] = watching->calls;
    watching->is_notified = false;
    watching->calls = 0;
}

static void watch_binds(void *context, pid_t pid, int status,
                        const struct ptrace_syscall_info *call)
{
    struct watching *watching = context;
    if (call != NULL) {
        count(watching->trace, pid == watching->hosting, (long)call->entry.nr);
        if (pid == watching->supervisor)
            count_of_supervisor(watching, call);
    } else if (status >> 8 == EXEC_STOP) {
        watching->hosting = executes(pid, watching->host) ? pid : watching->hosting;
        watching->supervisor = executes(pid, SANDBOX_SUPERVISOR) ? pid : watching->supervisor;
    } else if (status >> 8 == EXIT_STOP && watching->trace->helper_peak == 0) {
        watching->trace->helper_peak = peak_of_helper(pid);
    }
}

bool trace_binds(const char *launcher, const char *host, const char *const *environment,
                 struct trace *trace)
{
    const char *const supervised[] = {launcher, "-m", "seccomp", host, SCENARIO, NULL};
    const char *const alone[] = {host, SCENARIO, NULL};
    struct watching watching = {.trace = trace, .host = host};
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    *trace = (struct trace){.status = -1};
    const bool is_traced = trace_run(launcher != NULL ? supervised : alone, environment, null,
                                     STDERR_FILENO, watch_binds, &watching, &trace->status);
    close(null);
    return is_traced;
}
