/* SPDX-License-Identifier: MIT */
#include "launch/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/descriptors.h"
#include "bind/receive.h"
#include "launch/message.h"
#include "launch/signals.h"
#include "launch/witness.h"
#include "resident/become.h"
#include "resident/places.h"
#include "supervise/watch.h"

/*
 * This process's descriptors. None of the command's stays open here, except stderr for this
 * process's own messages: the command may close a pipe or a lock, and others wait for that.
 */
enum { REPORTS, COMMAND, STDERR = STDERR_FILENO, WITNESS, SIGNALS, FIRST_FREE };

struct proxy {
    struct witness witness;
    pid_t supervisor;
    int supervisor_status; /* as waitpid(2) has it, once it is reaped; until then -1 */
};

/*
 * SIGCONT discards pending stops, and a stop discards a pending SIGCONT (signal(7)): a SIGCONT to
 * this process alone, which the command is to get, would be gone when this process is about to
 * stop. So a stop is kept pending here, as a bookmark: if it is gone, a SIGCONT has come. The
 * signal used is one that terminals send to whole groups only; it is not passed on.
 */
#define BOOKMARK SIGTTOU
#define TAKEN (PROCESS_ALL_SIGNALS & ~PROCESS_SIGNAL(BOOKMARK))

/* Signals that this process brought about itself, or its children, are not for the command. */
static bool is_our_own(const struct proxy *proxy, const siginfo_t *info)
{
    return (info->si_signo == SIGCHLD && info->si_code > 0) ||
           (info->si_code <= 0 && info->si_pid == getpid()) ||
           (info->si_code == SI_TKILL && info->si_pid == proxy->supervisor);
}

/* A signal that was queued keeps its value and its sender's identity; no other can
   (pidfd_send_signal(2)). */
static void pass_on(siginfo_t *info)
{
    const bool is_queued = info->si_code < 0 && info->si_code != SI_TKILL;
    syscall(SYS_pidfd_send_signal, COMMAND, info->si_signo, is_queued ? info : NULL, 0);
}

/*
 * The command may leave the group (setsid(2), setpgid(2)). Without privbind it would be in this
 * process's place, and a group's leader could not leave. So if this process is the leader, all that
 * comes to the group is passed on, such as the terminal's Ctrl-C or the SIGCONT of a shell's fg.
 * Otherwise only what processes send to the group: timeout(1), for one, sends a signal to its child
 * and then to the group, and the two become one here.
 */
static bool is_for_who_left_group(const siginfo_t *info)
{
    const pid_t own = getpgrp(), group = process_group_of(COMMAND);
    return group > 0 && group != own && (own == getpid() || info->si_code <= 0);
}

/* Signals that stop and continue come first: the sooner they are taken, the less they cancel each
   other. */
static bool take_signal(siginfo_t *info)
{
    const process_signals jobs = PROCESS_SIGNAL(SIGCONT) | PROCESS_SIGNAL(SIGTSTP);
    return process_take_signal(jobs, info) || process_take_signal(TAKEN, info);
}

static void take_signals(struct proxy *proxy)
{
    siginfo_t info;
    while (take_signal(&info)) {
        const bool is_doubled =
            witness_saw(&proxy->witness, info.si_signo) && !is_for_who_left_group(&info);
        if (!is_doubled && !is_our_own(proxy, &info))
            pass_on(&info);
    }
    if ((process_pending_signals() & (PROCESS_SIGNAL(BOOKMARK) | PROCESS_SIGNAL(SIGCONT))) == 0)
        raise(BOOKMARK);
    witness_saw(&proxy->witness, 0);
}

static void reap(struct proxy *proxy)
{
    int status;
    pid_t pid;
    /* As process 1 it has children besides the supervisor and the witness. */
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == proxy->supervisor)
            proxy->supervisor_status = status;
        else if (pid == proxy->witness.pid)
            proxy->witness.pid = 0;
    }
}

/* The command's resource usage becomes this process's once the supervisor has been waited for. */
static void wait_for_supervisor(struct proxy *proxy)
{
    while (proxy->supervisor_status == -1 &&
           waitpid(proxy->supervisor, &proxy->supervisor_status, 0) < 0 && errno == EINTR)
        continue;
}

/* Ends this process as the command ended; one core file of that is enough. */
_Noreturn static void end_as_command(int status)
{
    static const struct rlimit none = {0, 0};
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* where cores go to a pipe (core(5)) */
    signal(number, SIG_DFL);
    raise(number);
    process_set_blocked(PROCESS_ALL_SIGNALS & ~PROCESS_SIGNAL(number));
    _exit(128 + number); /* process 1 of a PID namespace cannot end by a signal of its own */
}

/* Waits for it. If it failed before its execve(2), it has said why. */
static void explain_end_of_supervisor(struct proxy *proxy)
{
    wait_for_supervisor(proxy);
    if (!WIFEXITED(proxy->supervisor_status) ||
        WEXITSTATUS(proxy->supervisor_status) != EXIT_OWN_FAILURE)
        launch_failed("the supervisor has ended, and the command with it; if nobody killed it, "
                      "see the system log");
}

/* The kernel kills the command then; but the command can undo that (prctl(2)). */
_Noreturn static void end_without_supervisor(struct proxy *proxy)
{
    struct pollfd command = {COMMAND, POLLIN, 0};
    syscall(SYS_pidfd_send_signal, COMMAND, SIGKILL, NULL, 0);
    poll(&command, 1, -1);
    witness_end(&proxy->witness);
    explain_end_of_supervisor(proxy);
    _exit(EXIT_OWN_FAILURE);
}

static bool has_report(void)
{
    struct pollfd reports = {REPORTS, POLLIN, 0};
    return poll(&reports, 1, 0) == 1;
}

/*
 * Stops this process with the signal that stopped the command, which whoever waits for it can see.
 * The command may go on at the same time: the supervisor first reports that, and then sends
 * SIGCONT, which discards a pending stop, and ends one that has begun. So this stop is made
 * pending, then the reports are looked at, then it takes effect. In an orphaned process group the
 * stop has no effect, as for the command.
 */
static void stop_as_command(struct proxy *proxy, int number)
{
    const process_signals stop = PROCESS_SIGNAL(number), continues = PROCESS_SIGNAL(SIGCONT);
    siginfo_t unused;
    if (number == SIGSTOP) /* cannot be kept pending; the supervisor has sent it here, too */
        return;
    do {
        take_signals(proxy);
        if (has_report()) /* the report in hand is out of date */
            return;
    } while ((process_pending_signals() & continues) != 0);
    signal(number, SIG_DFL);
    if (number != BOOKMARK)
        raise(number);
    const bool goes_on = has_report();
    const process_signals pending = process_pending_signals();
    if (!goes_on && (pending & PROCESS_SIGNAL(BOOKMARK)) != 0) {
        process_set_blocked(PROCESS_ALL_SIGNALS & ~stop);
        process_set_blocked(PROCESS_ALL_SIGNALS);
        return;
    }
    if (number != BOOKMARK)
        process_take_signal(stop, &unused);
    /* A SIGCONT has just discarded the stop. Was it for the command? If it was for the whole group,
       the command has had it; if it was the supervisor's, there is a report. Else pass it on. */
    if (!goes_on && (pending & continues) == 0 && !witness_saw(&proxy->witness, SIGCONT))
        syscall(SYS_pidfd_send_signal, COMMAND, SIGCONT, NULL, 0);
    take_signals(proxy);
}

static void take_report(struct proxy *proxy)
{
    struct supervisor_report report;
    ssize_t length;
    while ((length = recv(REPORTS, &report, sizeof report, 0)) < 0 && errno == EINTR)
        continue;
    if (length != sizeof report)
        end_without_supervisor(proxy);
    if (WIFSTOPPED(report.status)) {
        stop_as_command(proxy, WSTOPSIG(report.status));
    } else if (!WIFCONTINUED(report.status)) {
        witness_end(&proxy->witness);
        if (!report.stays)
            wait_for_supervisor(proxy);
        end_as_command(report.status);
    }
}

/* Puts the descriptors in their places, and closes all others. */
static bool arrange(int reports, int command, int witness)
{
    const process_signals taken = TAKEN;
    const int from[] = {
        [REPORTS] = reports, [COMMAND] = command, [STDERR] = PLACES_KEPT, [WITNESS] = witness};
    if (!places_arrange(from, SIGNALS))
        return false;
    close(SIGNALS);
    int signals = (int)syscall(SYS_signalfd4, -1, &taken, sizeof taken, 0);
    if (signals != SIGNALS && dup2(signals, SIGNALS) < 0)
        return false;
    process_close_from(FIRST_FREE);
    return true;
}

/*
 * The command exists by now and waits, with every signal blocked. Signals from before the witness
 * existed are passed on before the command goes on: one that the command has already got itself is
 * pending there, and two of the same become one.
 */
static bool stand_in(struct proxy *proxy)
{
    take_signals(proxy);
    return chdir("/") == 0 && send(REPORTS, "", 1, MSG_NOSIGNAL) == 1;
}

/* Without a word from here the other side ends the command, and itself. */
_Noreturn static void give_up(struct proxy *proxy, int channel, int status)
{
    shutdown(channel, SHUT_RDWR);
    witness_end(&proxy->witness);
    wait_for_supervisor(proxy);
    _exit(status);
}

_Noreturn void proxy_run(const struct account *account, pid_t supervisor, int channel)
{
    struct proxy proxy = {.supervisor = supervisor, .supervisor_status = -1};
    struct privbind_request message = {0};
    char error[REASON_MAX];
    int command;

    if (account != NULL && !become_account(account, false, error))
        give_up(&proxy, channel, launch_failed("%s", error));
    struct pollfd hand_over = {channel, POLLIN, 0};
    if (poll(&hand_over, 1, -1) != 1 || request_receive(channel, &message, &command) != NULL) {
        shutdown(channel, SHUT_RDWR);
        explain_end_of_supervisor(&proxy);
        _exit(EXIT_OWN_FAILURE);
    }
    if (!witness_start(&proxy.witness))
        give_up(
            &proxy, channel,
            launch_failed("cannot start a process: %s; raise ulimit -u or -n", strerror(errno)));
    if (!arrange(channel, command, proxy.witness.channel))
        give_up(&proxy, channel, launch_failed("too few descriptors; raise ulimit -n"));
    proxy.witness.channel = WITNESS;
    if (!stand_in(&proxy))
        end_without_supervisor(&proxy);

    struct pollfd waiting[] = {{SIGNALS, POLLIN, 0}, {REPORTS, POLLIN, 0}};
    for (;;) {
        if (poll(waiting, 2, -1) < 0)
            continue;
        if (waiting[0].revents != 0) {
            take_signals(&proxy);
            reap(&proxy);
        }
        if (waiting[1].revents != 0)
            take_report(&proxy);
    }
}
