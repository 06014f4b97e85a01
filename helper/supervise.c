#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "become.h"
#include "filter.h"
#include "log.h"
#include "process.h"
#include "protocol.h"
#include "request.h"
#include "supervisor.h"

#define CHANNEL STDIN_FILENO /* of privbind-helper */

static int filter_failed(int error)
{
    const char *why =
        error == EBUSY
            ? "another supervisor's filter is there already (within privbind: use -m preload)"
        : error == ENOSYS || error == EINVAL
            ? "this kernel has no user notification (Linux 5.0), or a container's "
              "seccomp profile forbids it"
            : strerror(error);
    return launch_failed("cannot supervise the command by seccomp: %s; use -m preload, or the "
                         "sysctl net.ipv4.ip_unprivileged_port_start",
                         why);
}

/* The command's own process, up to its execve(2). */
static int prepare_command(const struct account *account, int channel, pid_t parent)
{
    const struct privbind_request message = {.version = PRIVBIND_PROTOCOL_VERSION};
    struct privbind_reply reply = {.error = EACCES};
    char error[BECOME_ERROR_MAX];

    if (account != NULL && !become_account(account, false, error))
        return launch_failed("%s", error);
    /* Without its supervisor each of its binds would fail, with ENOSYS. A change of ids would undo
       this (prctl(2), PR_SET_PDEATHSIG). */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        return launch_failed("the supervisor has ended");
    int listener = filter_install();
    if (listener < 0)
        return filter_failed(-listener);
    if (!request_send(channel, &message, listener) || recv(channel, &reply, sizeof reply, 0) <= 0)
        return launch_failed("the supervisor has ended; look into the system log");
    close(listener);
    close(channel);
    reply.reason[sizeof reply.reason - 1] = '\0';
    return reply.error == 0 ? EXIT_SUCCESS
                            : launch_failed("cannot supervise the command: %s", reply.reason);
}

/* Where privbind-helper looks for it; it may be there already, if that number was closed. */
static void move_to_place(int channel)
{
    const char *quiet = getenv("PRIVBIND_QUIET");
    if (channel == CHANNEL)
        fcntl(CHANNEL, F_SETFD, 0);
    else
        dup2(channel, CHANNEL);
    if (quiet != NULL && strcmp(quiet, "1") == 0)
        close(STDERR_FILENO);
}

/* Root's: it keeps the capability, and becomes the account. */
_Noreturn static void supervise_as_account(const struct account *account, struct span rules,
                                           int channel, pid_t command)
{
    static struct subject subject;
    static char error[BECOME_ERROR_MAX];
    const char *failed = NULL;
    if (!become_account(account, true, error))
        failed = error;
    else if (!process_become_untouchable())
        failed = "the supervisor cannot be made undumpable";
    else if (!process_identify(&subject.identity))
        failed = "the supplementary groups cannot be had";
    ruling_name_subject(&subject);
    subject.rules = rules;
    move_to_place(channel);
    close(STDOUT_FILENO);
    process_close_from(STDERR_FILENO + 1);
    if (failed == NULL && !log_open())
        failed = "the supervisor cannot open a socket for the system log; raise ulimit -n";
    supervisor_end(supervisor_run(&subject, CHANNEL, command, failed));
}

/* An ordinary user's: the file capability makes privbind-helper the supervisor. */
static int supervise_by_helper(int channel, pid_t command)
{
    const char *chosen = getenv("PRIVBIND_HELPER");
    const char *path = chosen != NULL && chosen[0] != '\0' ? chosen : PRIVBIND_HELPER_PATH;
    char number[16];
    snprintf(number, sizeof number, "%d", (int)command);
    const char *const arguments[] = {"privbind-helper", "--supervise", number, NULL};
    const char *const environment[] = {NULL};

    const int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, CHANNEL + 1);
    move_to_place(channel);
    execve(path, (char *const *)arguments, (char *const *)environment);
    const int error = errno;
    dup2(errors, STDERR_FILENO);
    kill(command, SIGKILL);
    waitpid(command, NULL, 0);
    return launch_failed("cannot execute %s: %s; install privbind there, or name it in "
                         "PRIVBIND_HELPER",
                         path, strerror(error));
}

int supervise(const struct account *account, struct span rules)
{
    int channel[2];
    const pid_t parent = getpid();
    /* The supervisor will pass on what comes from now on. */
    const process_signals before = process_block_signals();
    /* An ignored SIGCHLD would reap the command, and its status with it. */
    void (*const on_child)(int) = signal(SIGCHLD, SIG_DFL);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return launch_failed("cannot make a socketpair: %s", strerror(errno));
    pid_t command = fork();
    if (command < 0)
        return launch_failed("cannot start a process: %s; raise ulimit -u", strerror(errno));
    if (command > 0) {
        close(channel[1]);
        if (account == NULL)
            return supervise_by_helper(channel[0], command);
        supervise_as_account(account, rules, channel[0], command);
    }
    close(channel[0]);
    int status = prepare_command(account, channel[1], parent);
    signal(SIGCHLD, on_child);
    process_set_blocked(before);
    return status;
}
