#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notification.h"
#include "protocol.h"
#include "request.h"

struct supervisor {
    struct subject *subject;
    pid_t command;
    int status;      /* the command's, once it has ended */
    bool has_ended;  /* the command; others that it started may go on */
    bool has_others; /* children of whatever kind */
};

/*
 * What others send to this process is for the command. A terminal's signals are not passed on: they
 * go to the whole process group, which is the command's as well. Nor is what the command sends to
 * its parent, and what this process brings about itself (SIGPIPE).
 */
static void pass_on(const struct supervisor *supervisor, const struct signalfd_siginfo *signal)
{
    const bool came_to_both = signal->ssi_code == SI_KERNEL;
    const pid_t sender = (pid_t)signal->ssi_pid;
    if (!supervisor->has_ended && !came_to_both && sender != supervisor->command &&
        sender != getpid())
        kill(supervisor->command, (int)signal->ssi_signo);
}

/*
 * A terminal's stop is for both, and the shell waits for this process to stop. Others are between
 * the command and whoever sent them.
 */
static void stop_with_command(int signal)
{
    if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
        raise(SIGSTOP);
}

/* Orphans of the command come to this process as well, a child subreaper. */
static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid == supervisor->command && WIFSTOPPED(status)) {
            stop_with_command(WSTOPSIG(status));
        } else if (pid == supervisor->command) {
            supervisor->status = status;
            supervisor->has_ended = true;
        }
    }
    supervisor->has_others = pid == 0;
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

static void serve(struct supervisor *supervisor, int listener, int signals)
{
    struct pollfd waiting[] = {{listener, POLLIN, 0}, {signals, POLLIN, 0}};
    reap(supervisor);
    while (supervisor->has_others) {
        if (poll(waiting, 2, -1) < 0)
            continue;
        if ((waiting[0].revents & POLLIN) != 0)
            notification_serve(listener, supervisor->subject);
        else if (waiting[0].revents != 0)
            waiting[0].fd = -1; /* all that had the filter are gone */
        if (waiting[1].revents != 0)
            take_signal(supervisor, signals);
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
    struct supervisor supervisor = {.subject = subject, .command = command};
    sigset_t all;
    int listener = -1;

    /* An ignored SIGCHLD would reap the command, and its status with it. */
    signal(SIGCHLD, SIG_DFL);
    sigfillset(&all);
    int signals = signalfd(-1, &all, SFD_CLOEXEC);
    if (failed == NULL && (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0))
        failed = "the supervisor cannot watch over the command's processes";
    /* What is left unread would come to the command as a reset, before the reply. */
    const char *wrong = receive_listener(channel, &listener);
    tell_command(channel, failed != NULL ? failed : wrong);
    close(channel);
    serve(&supervisor, listener, signals);
    return supervisor.status;
}

_Noreturn void supervisor_end(int status)
{
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(128 + number); /* not reached: the default of a signal that ends processes is to do so */
}
