/* SPDX-License-Identifier: MIT */
#include "launch/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/deadline.h"
#include "bind/descriptors.h"
#include "bind/signals.h"
#include "launch/message.h"
#include "launch/proxy.h"
#include "launch/send.h"
#include "protocol.h"
#include "resident/become.h"
#include "resident/places.h"
#include "supervise/filter.h"
#include "supervise/kept.h"
#include "supervise/say.h"
#include "supervise/watch.h"

static int filter_failed(int error)
{
    const char *why =
        error == EBUSY ? "another supervisor's filter is already in place"
        : error == ENOSYS || error == EINVAL
            ? "this kernel cannot supervise (Linux 5.6 and later can), or a container's seccomp "
              "profile forbids it"
            : strerror(error);
    return launch_failed(
        "cannot supervise the command through seccomp: %s; use -m preload (not for "
        "Go or static programs), or use the sysctl "
        "net.ipv4.ip_unprivileged_port_start instead of privbind",
        why);
}

/* Such a variable says which process other variables are meant for (sd_listen_fds(3)): here the
   launcher, but the command has a process id of its own. */
static bool rename_process(const char *variable, pid_t launcher)
{
    char number[16];
    const char *value = getenv(variable);
    snprintf(number, sizeof number, "%d", (int)launcher);
    if (value == NULL || strcmp(value, number) != 0)
        return true;
    /* Newer systemd also names the process by its pidfd's inode. That would be the launcher's; if
       the variable is missing, the number alone counts. */
    unsetenv("LISTEN_PIDFDID");
    snprintf(number, sizeof number, "%d", (int)getpid());
    return setenv(variable, number, 1) == 0;
}

/* The command's own process, up to its execve(2). */
static int prepare_command(const struct account *account, int channel, pid_t launcher, pid_t parent)
{
    const struct privbind_request message = {.version = PRIVBIND_PROTOCOL_VERSION};
    struct privbind_reply reply = {.error = EACCES};
    char error[REASON_MAX];

    if (account != NULL && !become_account(account, false, error))
        return launch_failed("%s", error);
    if (!rename_process("LISTEN_PID", launcher) || !rename_process("WATCHDOG_PID", launcher))
        return launch_failed("no memory for the environment");
    /* Without its supervisor each of its binds would fail, with ENOSYS. A change of ids would undo
       this (prctl(2), PR_SET_PDEATHSIG). */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        return launch_failed("the supervisor has ended");
    int listener = filter_install();
    if (listener < 0)
        return filter_failed(-listener);
    if (!request_send(channel, &message, listener) || recv(channel, &reply, sizeof reply, 0) <= 0)
        return launch_failed("the supervisor has ended; see the system log");
    close(listener);
    close(channel);
    reply.reason[sizeof reply.reason - 1] = '\0';
    return reply.error == 0 ? EXIT_SUCCESS
                            : launch_failed("cannot supervise the command: %s", reply.reason);
}

/* Above the standard descriptors, which the command may have closed. */
static bool socketpair_above(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    for (int side = 0; side < 2; side++) {
        const int low = pair[side];
        pair[side] = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(low);
    }
    return pair[0] >= 0 && pair[1] >= 0;
}

/*
 * Arranges the supervisor's descriptors. stderr must be open, or the first file that the supervisor
 * opens would be taken for it: if nothing is to be said, stderr is a socket whose other end is
 * closed, since there may be no /dev/null. Returns false if there are too few.
 */
static bool arrange(int command, int launcher)
{
    int nobody[2] = {PLACES_KEPT, -1};
    if ((launch_is_on("PRIVBIND_QUIET") || fcntl(STDERR_FILENO, F_GETFD) < 0) &&
        !socketpair_above(nobody))
        return false;
    const int from[] = {[SUPERVISOR_COMMAND] = command,
                        [SUPERVISOR_LAUNCHER] = launcher,
                        [STDERR_FILENO] = nobody[0]};
    return places_arrange(from, STDERR_FILENO + 1);
}

/* Root's: it keeps the capability, and becomes the account. */
_Noreturn static void supervise_as_account(const struct account *account, struct span rules,
                                           pid_t command)
{
    static struct subject subject;
    static char error[REASON_MAX];
    process_close_from(STDERR_FILENO + 1);
    deadline_install(DEADLINE_ENDS_REQUEST);
    const bool may_serve = become_holder(account, &subject, error);
    bool unused;
    if (!may_serve && !capability_drop_all_but(false, &unused))
        _exit(launch_failed("%s", error)); /* and with it the command */
    subject.rules = rules;
    subject.refresh = kept_refresh;
    say_start(launch_is_on("PRIVBIND_DEBUG"));
    watch_over(&subject, command, may_serve ? NULL : error);
}

/* It lies beside the helper, wherever that is. */
void supervise_path(char path[PATH_MAX])
{
    const char *chosen = getenv("PRIVBIND_HELPER");
    const char *helper = chosen != NULL && chosen[0] != '\0' ? chosen : PRIVBIND_HELPER_PATH;
    const char *slash = strrchr(helper, '/');
    const int directory = slash == NULL ? 0 : (int)(slash + 1 - helper);
    snprintf(path, PATH_MAX, "%.*sprivbind-supervisor", directory, helper);
}

/* An ordinary user's: it has its capability from its file. */
static int execute_supervisor(pid_t command, int errors)
{
    char path[PATH_MAX], number[16];
    supervise_path(path);
    snprintf(number, sizeof number, "%d", (int)command);
    const char *const arguments[] = {"privbind-supervisor", number,
                                     launch_is_on("PRIVBIND_DEBUG") ? SUPERVISOR_VERBOSE : NULL,
                                     NULL};
    const char *const environment[] = {NULL};

    execve(path, (char *const *)arguments, (char *const *)environment);
    const int error = errno;
    dup2(errors, STDERR_FILENO);
    if (error == ENOENT)
        return launch_failed("LD_PRELOAD does not reach the command, and the supervisor is not "
                             "installed: %s; install it too (make install without "
                             "SUPERVISOR=no), or use the sysctl "
                             "net.ipv4.ip_unprivileged_port_start",
                             path);
    return launch_failed(
        "cannot execute %s: %s%s", path, strerror(error),
        error == EACCES ? "; make it executable and its directories searchable (chmod a+rx), on a "
                          "mount without noexec"
                        : "");
}

/* Hands the command to the launcher. Returns whether the launcher is ready to stand in for it. */
static bool hand_over(int launcher, pid_t command)
{
    const struct privbind_request message = {.version = PRIVBIND_PROTOCOL_VERSION};
    char ready;
    int pidfd = (int)syscall(SYS_pidfd_open, command, 0);
    if (pidfd < 0 || !request_send(launcher, &message, pidfd)) {
        launch_failed("cannot hand over the command: %s", strerror(errno));
        return false;
    }
    close(pidfd);
    return recv(launcher, &ready, sizeof ready, 0) == sizeof ready;
}

/*
 * Away from the terminal and the process group of the command: their signals, and the kernel's
 * SIGKILL for the group, must not end or stop it while it serves others. In a session of its own
 * it also leaves the process groups below as they would be without it, orphaned ones orphaned.
 */
_Noreturn static void become_supervisor(const struct account *account, struct span rules,
                                        int channel, int launcher, pid_t command)
{
    const int errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    setsid();
    if (hand_over(launcher, command)) {
        if (!arrange(channel, launcher))
            launch_failed("too few descriptors; raise ulimit -n");
        else if (account != NULL)
            supervise_as_account(account, rules, command);
        else
            execute_supervisor(command, errors);
    }
    kill(command, SIGKILL);
    waitpid(command, NULL, 0);
    _exit(EXIT_OWN_FAILURE);
}

/* In the child that becomes the supervisor. Returns in the command's process. */
static int start_command(const struct account *account, struct span rules, int launcher)
{
    int channel[2];
    const pid_t parent = getpid(), above = getppid();
    if (!socketpair_above(channel))
        _exit(launch_failed("cannot make a socketpair: %s; raise ulimit -n", strerror(errno)));
    pid_t command = fork();
    if (command < 0)
        _exit(launch_failed("cannot start a process: %s; raise ulimit -u", strerror(errno)));
    if (command > 0) {
        close(channel[1]);
        become_supervisor(account, rules, channel[0], launcher, command);
    }
    close(launcher);
    close(channel[0]);
    return prepare_command(account, channel[1], above, parent);
}

int supervise(const struct account *account, struct span rules)
{
    int channel[2];
    /* The launcher will pass on what comes from now on. */
    const process_signals before = process_block_signals();
    /* If SIGCHLD were ignored, children would be reaped at once, and their status lost. */
    void (*const on_child)(int) = signal(SIGCHLD, SIG_DFL);
    if (!socketpair_above(channel))
        return launch_failed("cannot make a socketpair: %s; raise ulimit -n", strerror(errno));
    pid_t supervisor = fork();
    if (supervisor < 0)
        return launch_failed("cannot start a process: %s; raise ulimit -u", strerror(errno));
    if (supervisor > 0) {
        close(channel[1]);
        proxy_run(account, supervisor, channel[0]);
    }
    close(channel[0]);
    int status = start_command(account, rules, channel[1]);
    signal(SIGCHLD, on_child);
    process_set_blocked(before);
    return status;
}
