/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h> /* not before sys/ptrace.h */

#include "older.h"
#include "sandbox.h"

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */
#define TRACEES_MAX 64
#define GONE (-1)

const char *const inject_role_names[INJECT_ROLES] = {"other",  "launcher", "resident", "host",
                                                     "broker", "child",    "helper"};

struct tracee {
    pid_t pid;
    enum inject_role role;
    unsigned calls;       /* that count, so far */
    bool waits, is_known; /* for the event that tells whose child it is; which has come */
    bool is_chosen;       /* in the call of the injection */
    bool is_stopped;
};

static struct tracee tracees[TRACEES_MAX];
static const struct inject_program *program;
static const struct injection *injection;
static struct inject_trace *trace;
static bool *parked;
static bool is_able;     /* to change what a call does */
static unsigned segment; /* of the host: before, during, and after its first bind(2) */

static struct tracee *tracee_of(pid_t pid)
{
    for (size_t i = 0; i < TRACEES_MAX; i++) {
        if (tracees[i].pid == pid)
            return &tracees[i];
        if (tracees[i].pid == 0) {
            tracees[i].pid = pid;
            return &tracees[i];
        }
    }
    errx(EXIT_FAILURE, "too many processes");
}

static pid_t start(int output, int errors, int gate)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        if (read(gate, &byte, 1) != 1)
            _exit(EXIT_FAILURE);
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        closefrom(3);
        if (!program->stays_root)
            sandbox_become_target(false);
        execve(program->argv[0], (char *const *)program->argv, (char *const *)program->environment);
        err(EXIT_FAILURE, "%s", program->argv[0]);
    }
    return pid;
}

static bool counts(const struct tracee *tracee)
{
    return tracee->role == INJECT_RESIDENT || segment == 1 ||
           (tracee->role == INJECT_HELPER && program->whole_life);
}

/* A process is about to make a call. */
static void enter(struct tracee *tracee, long number)
{
    if (tracee->role == INJECT_HOST && number == SYS_getppid) {
        segment++;
        for (size_t i = 0; segment == 2 && i < TRACEES_MAX && tracees[i].pid != 0; i++) {
            if (tracees[i].is_stopped) /* and not GONE */
                kill(tracees[i].pid, SIGCONT);
        }
        return;
    }
    if (!counts(tracee))
        return;
    if (trace->count == INJECT_CALLS_MAX)
        return;
    if (!trace->reached) {
        trace->calls[trace->count].role = tracee->role;
        trace->calls[trace->count].segment = segment;
        trace->calls[trace->count++].number = number;
    } else if (tracee->role == INJECT_RESIDENT) {
        trace->resident_counts++;
    }
    tracee->is_chosen = injection->action != INJECT_NOTHING && !trace->reached &&
                        tracee->role == injection->role && tracee->calls == injection->call;
    tracee->calls++;
    if (!tracee->is_chosen)
        return;
    trace->reached = true;
    if (injection->action == INJECT_ERROR || injection->action == INJECT_KILL_BEFORE)
        is_able = inject_registers(tracee->pid, true, 0) && is_able;
    if (injection->action == INJECT_KILL_BEFORE)
        kill(tracee->pid, SIGKILL);
}

/* It has made its call. */
static void leave(struct tracee *tracee)
{
    if (!tracee->is_chosen)
        return;
    tracee->is_chosen = false;
    if (injection->action == INJECT_ERROR || injection->action == INJECT_ERROR_AFTER)
        is_able = inject_registers(tracee->pid, false, -injection->error) && is_able;
    else if (injection->action == INJECT_KILL_AFTER)
        kill(tracee->pid, SIGKILL);
    else
        kill(tracee->pid, SIGSTOP);
}

static void at_call(struct tracee *tracee)
{
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        enter(tracee, (long)info.entry.nr);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        leave(tracee);
}

/* Returns how to go on with a process that only has to be there, or is of interest. */
static void resume(struct tracee *tracee, int signal)
{
    const bool is_over =
        trace->reached && tracee->role > INJECT_HOST && !tracee->is_chosen; /* and runs faster */
    ptrace(is_over ? PTRACE_CONT : PTRACE_SYSCALL, tracee->pid, NULL, signal);
}

/* The broker, a vfork, is a process; what else a host clones is a thread. */
static void at_start(const struct tracee *parent, int event)
{
    static const enum inject_role child_of[INJECT_ROLES] = {[INJECT_LAUNCHER] = INJECT_RESIDENT,
                                                            [INJECT_HOST] = INJECT_BROKER,
                                                            [INJECT_BROKER] = INJECT_CHILD};
    unsigned long pid = 0;
    ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid);
    struct tracee *child = tracee_of((pid_t)pid);
    const bool is_thread = parent->role == INJECT_HOST && event == PTRACE_EVENT_CLONE;
    child->role = is_thread ? INJECT_OTHER : child_of[parent->role];
    child->is_known = true;
    if (child->waits)
        resume(child, 0);
}

static void at_execution(struct tracee *tracee)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)tracee->pid);
    FILE *file = fopen(path, "re");
    if (file != NULL && fgets(name, sizeof name, file) != NULL)
        name[strcspn(name, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
    tracee->calls = 0;
    tracee->role =
        strcmp(name, "privbind") == 0   ? INJECT_LAUNCHER
        : strncmp(name, "host", 4) == 0 ? INJECT_HOST
        : strncmp(name, "privbind-help", 13) == 0 || strncmp(name, "privbind-super", 14) == 0
            ? INJECT_HELPER
            : INJECT_OTHER;
}

/* It has been stopped for good, or for a moment; or a new process shows up. */
static void at_stop(struct tracee *tracee, int signal)
{
    if (signal == SIGTRAP) {
        tracee->waits = !tracee->is_known;
        if (!tracee->waits)
            resume(tracee, 0);
        return;
    }
    ptrace(PTRACE_LISTEN, tracee->pid, NULL, 0);
    tracee->is_stopped = true;
    if (injection->action == INJECT_STOP_CONTINUED || segment > 1)
        kill(tracee->pid, SIGCONT);
    else if (parked != NULL)
        *parked = true;
}

static void take(pid_t pid, int status)
{
    struct tracee *tracee = tracee_of(pid);
    if (!WIFSTOPPED(status)) {
        if (parked != NULL)
            *parked = false;
        *tracee = (struct tracee){.pid = GONE};
        return;
    }
    switch (status >> 16) {
    case 0:
        if (WSTOPSIG(status) == SYSCALL_STOP)
            at_call(tracee);
        break;
    case PTRACE_EVENT_STOP:
        at_stop(tracee, WSTOPSIG(status));
        return;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        at_start(tracee, status >> 16);
        break;
    case PTRACE_EVENT_EXEC:
        at_execution(tracee);
        break;
    default:
        break;
    }
    const bool is_signal = status >> 16 == 0 && WSTOPSIG(status) != SYSCALL_STOP;
    resume(tracee, is_signal ? WSTOPSIG(status) : 0);
}

static void read_back(int fd, char text[INJECT_OUTPUT_MAX])
{
    ssize_t length = pread(fd, text, INJECT_OUTPUT_MAX - 1, 0);
    text[length < 0 ? 0 : length] = '\0';
    close(fd);
}

bool inject_run(const struct inject_program *to_run, const struct injection *to_inject,
                bool *is_parked, struct inject_trace *result)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int gate[2], status;
    program = to_run;
    injection = to_inject;
    trace = result;
    parked = is_parked;
    *trace = (struct inject_trace){.status = -1};
    segment = 0;
    is_able = true;
    memset(tracees, 0, sizeof tracees);
    int output = memfd_create("output", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
    if (output < 0 || errors < 0 || pipe2(gate, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "memfd, pipe");
    pid_t pid, command = start(output, errors, gate[0]);
    tracee_of(command)->is_known = true;
    const bool is_traced = ptrace(PTRACE_SEIZE, command, NULL, options) == 0 &&
                           ptrace(PTRACE_INTERRUPT, command, NULL, NULL) == 0 &&
                           write(gate[1], "", 1) == 1;
    close(gate[0]);
    close(gate[1]);
    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (pid == command && !WIFSTOPPED(status))
            trace->status = status;
        if (pid > 0)
            take(pid, status);
    }
    read_back(output, trace->output);
    read_back(errors, trace->errors);
    return is_traced && is_able;
}
