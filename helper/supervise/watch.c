/* SPDX-License-Identifier: MIT */
#include "supervise/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/receive.h"
#include "bind/signals.h"
#include "policy/format.h"
#include "protocol.h"
#include "supervise/notification.h"

#define PAUSE 10000      /* microseconds, after a failure */
#define FAILURES_MAX 100 /* in a row */

struct supervisor {
    struct subject *subject;
    const char *failed; /* why it must not serve, or NULL */
    pid_t command;
    int filter;        /* the channel to the command, then the filter's listener, then -1 */
    pid_t launcher;    /* -1 if it is gone */
    int status;        /* the command's */
    bool is_told;      /* the launcher knows the status */
    bool has_ended;    /* the command; others that it started may go on */
    bool has_children; /* of whatever kind */
    bool serves;       /* some process has the filter, or may yet get it */
};

/* The descriptors that it waits for. */
enum { FAMILY, FILTER, LAUNCHER, WAITING };

/*
 * The supervisor must not end while any process has the filter: that process's binds would fail
 * with ENOSYS. If the launcher is process 1, the kernel ends them all once it has ended.
 */
static bool is_needed(const struct supervisor *supervisor)
{
    return !supervisor->has_ended || (!supervisor->is_told && supervisor->launcher >= 0) ||
           (supervisor->serves && supervisor->has_children);
}

/* A launcher that is stopped for long does not read; it is told the last state once it does. */
static void tell_launcher(struct supervisor *supervisor)
{
    const struct supervisor_report report = {.status = supervisor->status,
                                             .stays = supervisor->has_ended && supervisor->serves &&
                                                      supervisor->has_children};
    supervisor->is_told = send(SUPERVISOR_LAUNCHER, &report, sizeof report,
                               MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof report ||
                          errno != EAGAIN;
    /* stderr may be a pipe whose reader waits for its end, and must not wait for every descendant:
       close it once the launcher has been told. */
    if (report.stays && supervisor->is_told)
        dup2(SUPERVISOR_LAUNCHER, STDERR_FILENO);
}

/*
 * Stops and continues the launcher as the command does, in the same order.
 *
 * A stop by SIGSTOP cannot be put off by the launcher (proxy.c), which then cannot continue itself.
 * The signal comes after the report: a launcher that is about to stop sees there that the command
 * has gone on. It goes to the launcher's thread, since a signal to the process could merge with
 * somebody else's. The launcher's number is still its own as long as it is the parent.
 */
static void follow_command(struct supervisor *supervisor)
{
    tell_launcher(supervisor);
    int number = SIGCONT;
    if (WIFSTOPPED(supervisor->status))
        number = WSTOPSIG(supervisor->status) == SIGSTOP ? SIGSTOP : 0;
    if (getppid() == supervisor->launcher)
        syscall(SYS_tgkill, supervisor->launcher, supervisor->launcher, number);
}

/* Orphans of the command come to this process as well, a child subreaper. */
static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t pid;
    bool is_news = false;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (pid != supervisor->command)
            continue;
        is_news = true;
        supervisor->status = status;
        supervisor->has_ended = WIFEXITED(status) || WIFSIGNALED(status);
    }
    supervisor->has_children = pid == 0;
    if (is_news)
        follow_command(supervisor);
}

/* The launcher alone has the other end. Its number may be 0 here, like that of any parent in
   another PID namespace. */
static bool launcher_is_there(void)
{
    struct pollfd launcher = {SUPERVISOR_LAUNCHER, 0, 0};
    return poll(&launcher, 1, 0) == 0;
}

/* If the launcher was killed, the signal was meant for the command. */
static void follow_launcher(struct supervisor *supervisor)
{
    if (supervisor->launcher < 0 || launcher_is_there())
        return;
    supervisor->launcher = -1;
    if (!supervisor->has_ended)
        kill(supervisor->command, SIGKILL);
}

/* The launcher's death is told by SIGCHLD, too. */
static void take_family(struct supervisor *supervisor, int signals)
{
    struct signalfd_siginfo unused;
    if (read(signals, &unused, sizeof unused) != sizeof unused)
        return;
    reap(supervisor);
    follow_launcher(supervisor);
}

static void tell_command(const char *failed)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION};
    if (failed != NULL) {
        reply.error = EACCES;
        strncpy(reply.reason, failed, sizeof reply.reason - 1);
    }
    send(SUPERVISOR_COMMAND, &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The listener comes as the socket of a request would. */
static void take_listener(struct supervisor *supervisor)
{
    struct privbind_request message = {0};
    int listener;
    const char *wrong = request_receive(SUPERVISOR_COMMAND, &message, &listener);
    if (wrong == NULL && !notification_start(listener))
        wrong = "what arrived is not a seccomp filter's listener";
    if (supervisor->failed != NULL)
        wrong = supervisor->failed;
    tell_command(wrong);
    /* A command that ignores the refusal and goes on is never served, even if the cause was over
       in a moment (a limit that left no descriptor for the system log). */
    if (wrong != NULL && listener >= 0)
        close(listener);
    close(SUPERVISOR_COMMAND);
    supervisor->filter = wrong == NULL ? listener : -1;
    supervisor->serves = wrong == NULL;
}

static void take_filter(struct supervisor *supervisor, short events)
{
    if (supervisor->filter == SUPERVISOR_COMMAND) {
        take_listener(supervisor);
    } else if ((events & POLLIN) != 0) {
        notification_serve(supervisor->filter, supervisor->subject);
    } else {
        close(supervisor->filter); /* all that had the filter are gone */
        supervisor->filter = -1;
        supervisor->serves = false;
    }
}

/* If it cannot wait any more, for example under a limit of no descriptors (prlimit(2)), it would
   never hear of the end, nor of a bind. */
static void serve(struct supervisor *supervisor, int signals)
{
    struct pollfd waiting[WAITING] = {[FAMILY] = {signals, POLLIN, 0}};
    int failures = 0;
    reap(supervisor);
    while (is_needed(supervisor) && failures < FAILURES_MAX) {
        waiting[FILTER] = (struct pollfd){supervisor->filter, POLLIN, 0};
        waiting[LAUNCHER] =
            (struct pollfd){supervisor->is_told ? -1 : SUPERVISOR_LAUNCHER, POLLOUT, 0};
        if (poll(waiting, WAITING, -1) < 0) {
            if (errno == EINTR) /* a SIGCONT: deadline.h */
                continue;
            failures++;
            usleep(PAUSE);
            continue;
        }
        failures = 0;
        /* The command's state first: a bind may have to wait for the system log. */
        if (waiting[FAMILY].revents != 0)
            take_family(supervisor, signals);
        if (waiting[LAUNCHER].revents != 0)
            tell_launcher(supervisor);
        if (waiting[FILTER].revents != 0)
            take_filter(supervisor, waiting[FILTER].revents);
    }
}

/* Whoever made the socketpair is the launcher, if it is still the parent. Else returns -1. */
static pid_t find_launcher(void)
{
    struct ucred peer = {.pid = -1};
    socklen_t length = sizeof peer;
    getsockopt(SUPERVISOR_LAUNCHER, SOL_SOCKET, SO_PEERCRED, &peer, &length);
    return peer.pid == getppid() && launcher_is_there() ? peer.pid : -1;
}

_Noreturn void watch_over(struct subject *subject, pid_t command, const char *failed)
{
    struct supervisor supervisor = {.subject = subject,
                                    .failed = failed,
                                    .command = command,
                                    .filter = SUPERVISOR_COMMAND,
                                    .is_told = true,
                                    .serves = true};
    const process_signals children = PROCESS_SIGNAL(SIGCHLD);
    int signals = (int)syscall(SYS_signalfd4, -1, &children, sizeof children, SFD_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGCHLD, 0, 0, 0); /* first, or a death now would be missed */
    supervisor.launcher = find_launcher();
    if (signals < 0 || supervisor.launcher < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ||
        chdir("/") != 0) {
        /* Nobody would hear of the command's end, or the supervisor would not hear of the
           launcher's. */
        format_write(STDERR_FILENO, "privbind: the supervisor cannot watch over the command: %s\n",
                     supervisor.launcher < 0 ? "privbind has ended" : strerror(errno));
        kill(command, SIGKILL);
        _exit(EXIT_FAILURE);
    }
    serve(&supervisor, signals);
    _exit(EXIT_SUCCESS);
}
