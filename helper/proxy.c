#include "proxy.h"

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

#include "become.h"
#include "launch.h"
#include "process.h"
#include "request.h"
#include "supervisor.h"
#include "witness.h"

/*
 * Its descriptors. None of the command's stays open but stderr, for what it has to say itself: the
 * command may close a pipe or a lock, and others wait for that.
 */
enum { REPORTS, COMMAND, STDERR = STDERR_FILENO, WITNESS, SIGNALS, FIRST_FREE };

struct proxy {
    pid_t supervisor;
    int supervisor_status;     /* as waitpid(2) has it, once it is reaped; until then -1 */
    process_signals for_group; /* pending signals that the command has got by itself */
};

/* Signals that this process brought about itself, or its children, are not for the command. */
static bool is_our_own(const struct proxy *proxy, const siginfo_t *info)
{
    return (info->si_signo == SIGCHLD && info->si_code > 0) ||
           (info->si_code <= 0 && info->si_pid == getpid()) ||
           (info->si_signo == SIGCONT && info->si_code <= 0 && info->si_pid == proxy->supervisor);
}

/* A value that was queued goes along; who sent it does for these only (pidfd_send_signal(2)). */
static void pass_on(siginfo_t *info)
{
    const bool is_queued = info->si_code < 0 && info->si_code != SI_TKILL;
    syscall(SYS_pidfd_send_signal, COMMAND, info->si_signo, is_queued ? info : NULL, 0);
}

/*
 * What the witness has got came to the whole process group, and the command, which is in it unless
 * it has left, has got its own. The witness is asked after a signal has been taken, and once more
 * in the end: what it has got and is not pending here has been dealt with, as when two of the same
 * signal became one.
 */
static void take_signals(struct proxy *proxy)
{
    siginfo_t info;
    process_signals pending = 0;
    while (process_take_signal(PROCESS_ALL_SIGNALS, &info)) {
        if ((proxy->for_group & PROCESS_SIGNAL(info.si_signo)) == 0)
            proxy->for_group |= witness_ask(WITNESS);
        if ((proxy->for_group & PROCESS_SIGNAL(info.si_signo)) == 0 && !is_our_own(proxy, &info))
            pass_on(&info);
    }
    proxy->for_group |= witness_ask(WITNESS);
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    proxy->for_group &= pending;
}

static void reap(struct proxy *proxy)
{
    int status;
    pid_t pid;
    /* As process 1 it has others besides the supervisor. */
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == proxy->supervisor)
            proxy->supervisor_status = status;
    }
}

/* The command's resource usage is this process's when the supervisor has been waited for. */
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

/* The kernel kills the command then; but the command can undo that (prctl(2)). */
_Noreturn static void end_without_supervisor(struct proxy *proxy)
{
    struct pollfd command = {COMMAND, POLLIN, 0};
    syscall(SYS_pidfd_send_signal, COMMAND, SIGKILL, NULL, 0);
    poll(&command, 1, -1);
    wait_for_supervisor(proxy);
    /* Before it was executed as such it has said why. */
    if (!WIFEXITED(proxy->supervisor_status) ||
        WEXITSTATUS(proxy->supervisor_status) != EXIT_OWN_FAILURE)
        launch_failed("the supervisor has ended, and with it the command; somebody has killed it, "
                      "or see the system log");
    _exit(EXIT_OWN_FAILURE);
}

static bool has_report(void)
{
    struct pollfd reports = {REPORTS, POLLIN, 0};
    return poll(&reports, 1, 0) == 1;
}

/*
 * Stops this process by the signal that stopped the command, as whoever waits for it can see. The
 * command may go on at the same time. The supervisor tells that first, and then sends SIGCONT,
 * which takes back a stop that is pending, and ends one that has begun: so this stop is made
 * pending, then the reports are looked at, then it takes effect. Without a terminal to come back
 * to (an orphaned process group) it has none, as for the command.
 */
static void stop_as_command(int number)
{
    const process_signals stop = PROCESS_SIGNAL(number);
    siginfo_t unused;
    if (number == SIGSTOP) /* cannot be pending: the supervisor has sent that, too */
        return;
    signal(number, SIG_DFL);
    raise(number);
    if (has_report()) {
        process_take_signal(stop, &unused);
        return;
    }
    process_set_blocked(PROCESS_ALL_SIGNALS & ~stop);
    process_set_blocked(PROCESS_ALL_SIGNALS);
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
        stop_as_command(WSTOPSIG(report.status));
    } else if (!WIFCONTINUED(report.status)) {
        if (!report.stays)
            wait_for_supervisor(proxy);
        end_as_command(report.status);
    }
}

/* Puts each in its place and closes all others, whatever numbers they have now. */
static bool arrange_descriptors(int reports, int command, int witness)
{
    const process_signals all = PROCESS_ALL_SIGNALS;
    const int from[] = {[REPORTS] = reports, [COMMAND] = command, [WITNESS] = witness};
    int high[sizeof from / sizeof from[0]];
    for (int place = REPORTS; place <= WITNESS; place++) {
        high[place] = place == STDERR ? 0 : fcntl(from[place], F_DUPFD, FIRST_FREE);
        if (high[place] < 0)
            return false;
    }
    for (int place = REPORTS; place <= WITNESS; place++) {
        if (place != STDERR)
            dup2(high[place], place);
    }
    close(SIGNALS);
    int signals = (int)syscall(SYS_signalfd4, -1, &all, sizeof all, 0);
    if (signals != SIGNALS && dup2(signals, SIGNALS) < 0)
        return false;
    process_close_from(FIRST_FREE);
    return true;
}

/*
 * The command exists by now and waits, with every signal blocked. What has come before there was a
 * witness is passed on to it before it goes on: a signal that it has got already by itself is
 * pending there, and two of the same are one.
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
    wait_for_supervisor(proxy);
    _exit(status);
}

_Noreturn void proxy_run(const struct account *account, pid_t supervisor, int channel)
{
    struct proxy proxy = {.supervisor = supervisor, .supervisor_status = -1};
    struct privbind_request message;
    char error[BECOME_ERROR_MAX];
    int command, witness;

    if (account != NULL && !become_account(account, false, error))
        give_up(&proxy, channel, launch_failed("%s", error));
    if (request_receive(channel, &message, &command) != NULL)
        give_up(&proxy, channel, EXIT_OWN_FAILURE); /* the other side has said why */
    witness = witness_start();
    if (witness < 0)
        give_up(
            &proxy, channel,
            launch_failed("cannot start a process: %s; raise ulimit -u or -n", strerror(errno)));
    if (!arrange_descriptors(channel, command, witness))
        give_up(&proxy, channel, launch_failed("too few descriptors; raise ulimit -n"));
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
