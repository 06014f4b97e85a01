/* SPDX-License-Identifier: MIT */
/*
 * What a program that is to hold CAP_NET_BIND_SERVICE does before it serves anybody: phase 1,
 * harden; phase 2, find out for whom.
 */
#ifndef PRIVBIND_HOLDER_H
#define PRIVBIND_HOLDER_H

#include <stdbool.h>

#include "policy/ruling.h"
#include "protocol.h"

/* What came of phase 1. */
struct hardening {
    bool had_no_new_privs; /* before this process set it itself; only if has_capability is false */
    bool is_hard;          /* all of it worked */
    bool has_capability;   /* it was there to be kept */
};

/*
 * Gives up all capabilities except, with serves, CAP_NET_BIND_SERVICE: root's, too, if root or a
 * setuid program executed us. Makes the process undumpable, or whoever executed it could attach to
 * it, or read and write its memory and descriptors; and sets no_new_privs, so that execve(2) gains
 * nothing, should they get that far. To be called before anything is read.
 */
struct hardening holder_harden(bool serves);

/* The second half of that alone (prctl(2)). Returns whether both worked. */
bool holder_become_untouchable(void);

/*
 * Fills in the subject, and opens the log, so that every refusal is logged with its user. Returns
 * NULL, or why nothing can be bound, stored in reason if it must be composed.
 */
const char *holder_identify(struct subject *subject, const struct hardening *hardening,
                            char reason[PRIVBIND_REASON_MAX]);

/*
 * Whether a descriptor is an AF_UNIX socket that keeps messages apart. On a stream, a message could
 * come in pieces, or mixed with another process's. With a file or a terminal we would talk to its
 * owner, who need not be the user who executed us. No other family passes descriptors (unix(7),
 * SCM_RIGHTS), so nothing could be bound.
 */
bool holder_is_channel(int descriptor);

#endif
