/* SPDX-License-Identifier: MIT */
/*
 * The broker: a short-lived process between the host's thread and the helper.
 *
 * It exists because execve(2) resets a child's exit signal to SIGCHLD. The helper must therefore be
 * the child of a process other than the host, and that process must reap it, or it would fall to a
 * subreaper, which in a container is the host itself.
 *
 * It runs in the host's memory: raw system calls only, no malloc, no stdio, no lock, no errno.
 */
#include "delegation.h"
#include "diagnosis.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "exchange.h"
#include "machine/machine.h"

#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))

/* As the kernel has them; libc's own differ between 32-bit libcs. */
struct kernel_time {
    long seconds, nanoseconds;
};
struct kernel_limit {
    uint64_t soft, hard;
};

void delegation_failed(struct delegation *delegation, const char *what, long cause, const char *fix)
{
    delegation->error = EACCES;
    delegation->failed = what;
    delegation->cause = cause;
    delegation->fix = fix;
}

/*
 * The host may live with limits that leave no room for a socketpair, or none for another program.
 * Limits are per process and the broker has its own: the host keeps what it set. Descriptors in
 * flight are counted against the soft limit as well (unix(7), ETOOMANYREFS). An unlimited stack
 * would change the layout of the helper's memory, so the limit on the stack is only raised to what
 * the helper needs.
 */
static void raise_limit(int resource, uint64_t wanted)
{
    struct kernel_limit limit = {0, 0};
    RAW_4(SYS_prlimit64, 0, resource, NULL, &limit);
    if (wanted > limit.hard)
        wanted = limit.hard;
    if (limit.soft < wanted) {
        limit.soft = wanted;
        RAW_4(SYS_prlimit64, 0, resource, &limit, NULL);
    }
}

/*
 * The host may ignore SIGCHLD, and the helper would then reap itself and its pid could be anyone's
 * by the time it is killed. The broker has its own copy of the table of handlers.
 */
static void keep_zombies(void)
{
    const struct kernel_sigaction action = {.flags = SA_NOCLDSTOP};
    RAW_4(SYS_rt_sigaction, SIGCHLD, &action, NULL, sizeof action.mask);
}

static void make_way_for_helper(void)
{
    raise_limit(RLIMIT_AS, UINT64_MAX);
    raise_limit(RLIMIT_DATA, UINT64_MAX);
    raise_limit(RLIMIT_STACK, 1 << 20);
    keep_zombies();
}

static long open_pair(struct delegation *delegation)
{
    return RAW_4(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, delegation->channel);
}

/*
 * The child that becomes the helper. It shares memory with the host until execve(2), and has its
 * handlers: all signals stay blocked. The helper blocks them anyway.
 */
static int exec_helper(void *argument)
{
    struct delegation *delegation = argument;
    const char *path = delegation->settings.helper;
    static const char *const arguments[] = {"privbind-helper", NULL};
    static const char *const no_environment[] = {NULL};

    /* It must not take the host's stdin for its client. */
    if (delegation->channel[1] != STDIN_FILENO) {
        const long result = RAW_3(SYS_dup3, delegation->channel[1], STDIN_FILENO, 0);
        if (result < 0) {
            delegation->exec_error = -result;
            return 127;
        }
    }
    RAW_3(SYS_close_range, 3, ~0u, 0); /* 1 and 2, if closed, stay so: the helper has no libc */
    delegation->exec_error = -RAW_3(SYS_execve, path, arguments, no_environment);
    return 127;
}

/*
 * Waits until the helper has exited. SIGCHLD is blocked, and a blocked signal is kept for
 * sigtimedwait(2) even if its default is to be ignored. Anyone may send one, so only waitpid(2) is
 * proof. Returns false if time (milliseconds) ran out, or is 0. If waitpid(2) fails, the helper is
 * left to the host.
 */
static bool reap_within(long time, struct delegation *delegation, int *status)
{
    const uint64_t sigchld = SIGNAL_BIT(SIGCHLD);
    const uint64_t start = exchange_clock();
    for (long passed = 0; passed < time; passed = (long)(exchange_clock() - start)) {
        const long left = time - passed;
        const long limit[2] = {left / 1000, left % 1000 * 1000000}; /* seconds, nanoseconds */
        RAW_4(SYS_rt_sigtimedwait, &sigchld, NULL, limit, sizeof sigchld);
        const long reaped = RAW_4(SYS_wait4, delegation->helper, status, WNOHANG, NULL);
        if (reaped == delegation->helper)
            delegation->helper = 0;
        if (reaped != 0)
            return true;
    }
    return false;
}

/* In milliseconds. If no resident helper was waited for, at most the sending took time. */
static long time_left(const struct delegation *delegation)
{
    if (delegation->give_up_at == 0)
        return PRIVBIND_WAIT_BIND - PRIVBIND_WAIT_SEND;
    const uint64_t now = exchange_clock();
    return now < delegation->give_up_at ? (long)(delegation->give_up_at - now) : 0;
}

/*
 * Reaps the helper, killed if need be. The clock goes on while all of us are stopped or frozen:
 * when time has run out the helper gets a moment more.
 */
static bool reap_helper(struct delegation *delegation, int *status)
{
    const long left = time_left(delegation), grace = PRIVBIND_WAIT_GRACE;
    if (reap_within(left - grace, delegation, status) || reap_within(grace, delegation, status))
        return true;
    if (RAW_2(SYS_kill, delegation->helper, SIGKILL) == 0 &&
        RAW_4(SYS_wait4, delegation->helper, status, 0, NULL) == delegation->helper)
        delegation->helper = 0;
    return false;
}

/* Whoever answers in a helper's place may say anything: only the socket knows of a bind. */
static void take_reply(struct delegation *delegation)
{
    delegation->error = delegation->reply.error;
    if (delegation->error == 0 && exchange_is_elsewhere(delegation))
        delegation_failed(delegation, "nothing is bound, despite the answer from", 0,
                          "another program answers in the helper's place: stop it");
}

static void explain_silence(struct delegation *delegation, bool ended_in_time, int status)
{
    if (delegation->exec_error == EACCES)
        delegation_failed(
            delegation, "cannot execute", EACCES,
            "make it executable and its directories searchable (chmod a+rx), on a mount "
            "without noexec");
    else if (delegation->exec_error != 0)
        delegation_failed(delegation, "cannot execute", delegation->exec_error,
                          "install privbind there, or name it in PRIVBIND_HELPER");
    else if (exchange_is_bound(delegation))
        delegation->error = 0;
    else if (!ended_in_time)
        delegation_failed(delegation, "no answer in time from", 0,
                          "see the system log, or try privbind --check");
    else if (WIFSIGNALED(status))
        delegation_failed(delegation, "a signal killed", 0,
                          "see the system log, and the hard limits (ulimit -Ha)");
    else
        delegation_failed(delegation, "no valid answer from", 0,
                          "install helper and library from one release");
}

/*
 * Not with CLONE_VFORK: nothing would end the broker's wait for a child that is stopped before its
 * execve(2), or hangs in it on a file system that does not answer.
 */
static long start_helper(struct delegation *delegation)
{
    const unsigned long below_valgrind = delegation->settings.below_valgrind ? CLONE_VFORK : 0;
    /* The kernel stores its pid before parent or child runs on, so it is known even if one of them
       is killed. */
    return clone_on(delegation->exec_stack + EXEC_STACK_SIZE,
                    CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD | below_valgrind, &delegation->helper,
                    exec_helper, delegation);
}

static void ask_helper(struct delegation *delegation)
{
    delegation->asked = delegation->settings.helper;
    make_way_for_helper();
    long result = descriptors_make_room(delegation, open_pair);
    if (result < 0) {
        delegation_failed(delegation, "cannot make a socketpair for", -result,
                          "raise the limit on open files (ulimit -n)");
        return;
    }
    result = exchange_send(delegation);
    if (result < 0) {
        delegation_failed(delegation, "cannot pass the socket to", -result,
                          "raise the limit on open files (ulimit -n)");
        return;
    }
    result = start_helper(delegation);
    if (result < 0) {
        delegation_failed(delegation, "cannot start a process for", -result,
                          delegation_fix(-result));
        return;
    }
    int status = 0;
    bool ended_in_time = reap_helper(delegation, &status);
    if (exchange_receive(delegation))
        take_reply(delegation);
    else
        explain_silence(delegation, ended_in_time, status);
}

/*
 * Asks the resident helper of "privbind -u", which the host reaches by name. Returns false if it is
 * gone, and nothing has been bound: then the other kind of helper is asked.
 */
static bool ask_resident(struct delegation *delegation)
{
    delegation->give_up_at = exchange_clock() + PRIVBIND_WAIT_BIND;
    if (descriptors_make_room(delegation, exchange_connect) < 0)
        return false;
    const bool in_time =
        exchange_send(delegation) < 0 || exchange_reply_comes(delegation, time_left(delegation));
    if (!in_time)
        exchange_hang_up(delegation); /* from here on it does not bind any more */
    if (exchange_receive(delegation))
        take_reply(delegation);
    else if (exchange_is_bound(delegation))
        delegation->error = 0;
    else if (!in_time)
        delegation_failed(delegation, "no answer in time from", 0,
                          "the resident helper of privbind -u is stopped, or its system log "
                          "is full");
    else
        return false;
    return true;
}

int broker_main(void *argument)
{
    struct delegation *delegation = argument;
    if (delegation->shares_descriptors && !descriptors_leave(delegation->socket)) {
        delegation->cannot_unshare = true;
        return 0;
    }
    /* Away from the host's process group: a signal to that is for the host. An interrupt key must
       not make its bind fail, and a stop that is followed by a continue for the host alone must not
       leave it waiting for stopped children. */
    RAW_2(SYS_setpgid, 0, 0);
    raise_limit(RLIMIT_NOFILE, UINT64_MAX);
    delegation->port_before = exchange_local_port(delegation);
    if (delegation->settings.socket == NULL || !ask_resident(delegation))
        ask_helper(delegation);
    delegation_diagnose(delegation);
    delegation->is_complete = true;
    return delegation->error < 256 ? delegation->error : EACCES;
}
