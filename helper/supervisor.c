/* SPDX-License-Identifier: MIT */
/*
 * privbind-supervisor: binds for a command that LD_PRELOAD does not reach, and for all that the
 * command starts, as long as any of them lives.
 *
 * It holds CAP_NET_BIND_SERVICE from its file, as privbind-helper does, and its caller is as
 * hostile. "privbind-supervisor PID [verbose]" is executed by a child of the launcher; that child
 * is the command's parent; descriptor 0 is a channel to the command, 1 one to the launcher
 * (watch.h), and 2 is where it says why it refuses a bind.
 *
 * Any user can start it, and keep it running. So it gives the capability up at once if that is of
 * no use to them, since no rule allows this user anything.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/deadline.h"
#include "bind/descriptors.h"
#include "bind/holder.h"
#include "bind/log.h"
#include "policy/format.h"
#include "supervise/kept.h"
#include "supervise/say.h"
#include "supervise/watch.h"

/* For a person; the capability has been given up. */
static int say_what_this_is(void)
{
    format_write(STDERR_FILENO,
                 "privbind-supervisor " PRIVBIND_VERSION ": privbind starts this program, which "
                 "binds for Go and static programs; there is nothing to do by hand, see "
                 "privbind(1)\n");
    return 2;
}

/* Only the command's parent can supervise it. Any other number is none of our business. */
static pid_t own_child(const char *text)
{
    siginfo_t unused;
    unsigned long pid;
    return span_number((struct span){text, strlen(text)}, INT32_MAX, &pid) && pid > 0 &&
                   waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0
               ? (pid_t)pid
               : 0;
}

/* Returns why it must not serve, stored in reason if it must be composed, with the capability given
   up; or NULL. */
static const char *find_out_who_asks(struct subject *subject, const struct hardening *hardening,
                                     char reason[PRIVBIND_REASON_MAX])
{
    bool unused;
    const char *failed = holder_identify(subject, hardening, reason);
    if (failed == NULL && !ruling_can_allow(subject, reason)) {
        failed = reason;
        log_line(LOG_NOTICE, "refused supervision to %s: %s", subject->who, reason);
    }
    if (failed != NULL && !capability_drop_all_but(false, &unused))
        _exit(EXIT_FAILURE);
    return failed;
}

int main(int argc, char *argv[])
{
    static struct subject subject;
    char reason[PRIVBIND_REASON_MAX];

    /* Phase 1: harden. */
    const bool is_verbose = argc == 3 && strcmp(argv[2], SUPERVISOR_VERBOSE) == 0;
    const bool serves = (argc == 2 || is_verbose) && holder_is_channel(SUPERVISOR_COMMAND) &&
                        holder_is_channel(SUPERVISOR_LAUNCHER);
    const struct hardening hardening = holder_harden(serves);
    if (!serves)
        return hardening.is_hard ? say_what_this_is() : EXIT_FAILURE;
    deadline_install(DEADLINE_ENDS_REQUEST);
    process_close_from(STDERR_FILENO + 1);

    /* Phase 2: find out who executed us, and what for. */
    const char *failed = find_out_who_asks(&subject, &hardening, reason);
    subject.refresh = kept_refresh;
    const pid_t command = own_child(argv[1]);
    if (command == 0)
        return EXIT_FAILURE;

    say_start(is_verbose);
    /* Phases 3 to 6 are those of each bind. */
    watch_over(&subject, command, failed);
}
