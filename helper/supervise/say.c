/* SPDX-License-Identifier: MIT */
#include "supervise/say.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "policy/format.h"
#include "supervise/caller.h"

#define LINES_MAX 3      /* per process, as in the library */
#define PROCESSES_MAX 64 /* that are remembered */

static bool shows_all;

void say_start(bool is_verbose)
{
    shows_all = is_verbose;
}

/* A full pipe or a stopped terminal must not hold up whoever binds: then nothing is said. */
static bool stderr_takes_a_line(void)
{
    struct pollfd descriptor = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&descriptor, 1, 0) == 1 && descriptor.revents == POLLOUT;
}

/* Counts the lines of a process. If there are many processes, the first are forgotten first. */
static unsigned count_line(pid_t process)
{
    static struct {
        pid_t process;
        unsigned lines;
    } counts[PROCESSES_MAX];
    static unsigned next;
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        if (counts[i].process == process)
            return ++counts[i].lines;
    }
    counts[next].process = process;
    counts[next].lines = 1;
    next = (next + 1) % PROCESSES_MAX;
    return 1;
}

void say_outcome(uint32_t tid, const struct service_outcome *outcome)
{
    unsigned line = 0;
    if (!shows_all) {
        if (outcome->reply.error != EACCES || !outcome->is_in_order)
            return;
        line = count_line(caller_process(tid));
    }
    if (line > LINES_MAX + 1 || !stderr_takes_a_line())
        return;
    if (line <= LINES_MAX)
        format_write(STDERR_FILENO, "privbind: %s: %s\n", outcome->what, outcome->reply.reason);
    else
        format_write(STDERR_FILENO, "privbind: further refusals of this process are not shown; "
                                    "PRIVBIND_DEBUG=1 shows all\n");
}

/* With PRIVBIND_DEBUG only: the bind may still work, if that network needs no privilege for the
   port. A thread that has the capability there, as in a rootless container, needs no advice. */
void say_other_network(uint32_t tid)
{
    const struct service_outcome outcome = {
        .reply = {.error = EACCES,
                  .reason = "in another network namespace (bwrap --unshare-net, unshare -n), "
                            "where privbind does not bind; stay in privbind's (bwrap "
                            "--share-net), or give the program the capability in the other one "
                            "(unshare -rn, bwrap --unshare-user --uid 0 --gid 0 --cap-add "
                            "CAP_NET_BIND_SERVICE)"},
        .what = "a bind"};
    if (shows_all && !caller_is_capable(tid))
        say_outcome(tid, &outcome);
}

/* Every bind of such a program comes here, even one that needs no privilege, and Go's probing of
   what the kernel can do: so this is not said twice in a row for the same process. */
void say_forbidden(uint32_t tid, const char *what, int error)
{
    static pid_t told = -1;
    const char *fix = "allow privbind to do that (container: its seccomp profile, Yama: "
                      "kernel.yama.ptrace_scope 0 or 1), or use the library or "
                      "net.ipv4.ip_unprivileged_port_start";
    const pid_t process = caller_process(tid);
    if (process == told || !stderr_takes_a_line())
        return;
    told = process;
    if (error == EMFILE || error == ENFILE)
        fix = "raise ulimit -n";
    else if (caller_is_undumpable(tid))
        fix = "the program is undumpable (PR_SET_DUMPABLE, or its file cannot be read: chmod +r), "
              "so privbind may not read its memory; use the library or "
              "net.ipv4.ip_unprivileged_port_start";
    format_write(STDERR_FILENO, "privbind: cannot %s of pid %u: %s; %s\n", what, (unsigned)tid,
                 strerror(error), fix);
}
