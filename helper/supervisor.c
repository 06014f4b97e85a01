#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notification.h"
#include "process.h"
#include "protocol.h"
#include "request.h"

struct supervisor {
    struct subject *subject;
    pid_t command;
    int status;        /* the command's, once it has ended */
    bool has_ended;    /* the command; others that it started may go on */
    bool has_children; /* of whatever kind */
    bool serves;       /* some process has the filter */
    bool is_dismissed; /* asked to end, after the command's end */
};

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/*
 * What a terminal sends goes to the whole process group, which is the command's as well. Its hangup
 * goes to the leader of the session only.
 */
static bool came_to_both(const struct signalfd_siginfo *signal)
{
    const uint64_t to_group = BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTSTP) | BIT(SIGTTIN) |
                              BIT(SIGTTOU) | BIT(SIGWINCH) | BIT(SIGHUP) | BIT(SIGCONT);
    const bool is_hangup = signal->ssi_signo == SIGHUP || signal->ssi_signo == SIGCONT;
    return signal->ssi_code == SI_KERNEL && (to_group & BIT(signal->ssi_signo)) != 0 &&
           !(is_hangup && getsid(0) == getpid());
}

/* What the command's own processes send to their parent, and what this one brings about itself
   (SIGPIPE), is not for the command. */
static bool came_from_below(const struct supervisor *supervisor, pid_t sender)
{
    return sender == getpid() ||
           (sender > 0 && sender != getppid() && getpgid(sender) == getpgid(supervisor->command) &&
            getpgid(supervisor->command) != getpgid(getppid()));
}

static void pass_on(struct supervisor *supervisor, const struct signalfd_siginfo *signal)
{
    const uint64_t ending = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGHUP) | BIT(SIGQUIT);
    if (supervisor->has_ended)
        supervisor->is_dismissed = (ending & BIT(signal->ssi_signo)) != 0;
    else if (!came_to_both(signal) && (pid_t)signal->ssi_pid != supervisor->command &&
             !came_from_below(supervisor, (pid_t)signal->ssi_pid))
        kill(supervisor->command, (int)signal->ssi_signo);
}

/*
 * Orphans of the command come to this process as well, a child subreaper. The shell waits for this
 * process to stop when the command does, unless that has been continued meanwhile.
 */
static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t pid;
    bool is_stopped = false;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (pid != supervisor->command)
            continue;
        is_stopped = WIFSTOPPED(status);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            supervisor->status = status;
            supervisor->has_ended = true;
        }
    }
    supervisor->has_children = pid == 0;
    if (is_stopped)
        raise(SIGSTOP);
}

static void take_signal(struct supervisor *supervisor, int signals)
{
    struct signalfd_siginfo signal;
    if (read(signals, &signal, sizeof signal) != sizeof signal)
        return;
    if (signal.ssi_signo == SIGCHLD)
        reap(supervisor);
    else
        pass_on(supervisor, &signal);
}

/*
 * It must not end while any process has the filter: that one's binds would fail with ENOSYS. As
 * process 1 it ends with the command all the same, as that would have, and all others with it.
 */
static bool is_needed(const struct supervisor *supervisor)
{
    if (!supervisor->has_ended)
        return true;
    return supervisor->serves && supervisor->has_children && !supervisor->is_dismissed &&
           getpid() != 1;
}

static void serve(struct supervisor *supervisor, int listener, int signals)
{
    struct pollfd waiting[] = {{listener, POLLIN, 0}, {signals, POLLIN, 0}};
    reap(supervisor);
    while (is_needed(supervisor)) {
        if (poll(waiting, 2, -1) < 0)
            continue;
        /* Signals first: a bind may have to wait for the system log. */
        if (waiting[1].revents != 0)
            take_signal(supervisor, signals);
        if ((waiting[0].revents & POLLIN) != 0) {
            notification_serve(listener, supervisor->subject);
        } else if (waiting[0].revents != 0) {
            supervisor->serves = false; /* all that had the filter are gone */
            waiting[0].fd = -1;
        }
    }
}

/* The listener comes as the socket of a request would. Returns why it cannot be, or NULL. */
static const char *receive_listener(int channel, int *listener)
{
    struct privbind_request message = {0};
    const char *wrong = request_receive(channel, &message, listener);
    if (wrong == NULL && !notification_start(*listener))
        wrong = "what came is not the listener of a seccomp filter";
    return wrong;
}

static void tell_command(int channel, const char *failed)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION};
    if (failed != NULL) {
        reply.error = EACCES;
        strncpy(reply.reason, failed, sizeof reply.reason - 1);
    }
    send(channel, &reply, sizeof reply, MSG_NOSIGNAL);
}

int supervisor_run(struct subject *subject, int channel, pid_t command, const char *failed)
{
    struct supervisor supervisor = {.subject = subject, .command = command, .serves = true};
    const process_signals all = PROCESS_ALL_SIGNALS;
    int listener = -1;

    int signals = (int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC);
    if (failed == NULL && (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0))
        failed = "the supervisor cannot watch over the command's processes";
    /* What is left unread would come to the command as a reset, before the reply. */
    const char *wrong = receive_listener(channel, &listener);
    tell_command(channel, failed != NULL ? failed : wrong);
    close(channel);
    if (signals >= 0)
        serve(&supervisor, listener, signals);
    else /* nothing would tell of the command's end, which comes now that it knows */
        while (waitpid(command, &supervisor.status, 0) < 0 && errno == EINTR)
            continue;
    return supervisor.status;
}

_Noreturn void supervisor_end(int status)
{
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    signal(number, SIG_DFL);
    raise(number);
    process_set_blocked(PROCESS_ALL_SIGNALS & ~BIT(number));
    _exit(128 + number); /* process 1 of a PID namespace cannot end by a signal of its own */
}
