/* SPDX-License-Identifier: MIT */
/* The launcher's side of supervision: the command, and what becomes its supervisor. */
#ifndef PRIVBIND_SUPERVISE_H
#define PRIVBIND_SUPERVISE_H

#include <limits.h>

#include "policy/span.h"
#include "resident/account.h"

/*
 * Forks twice. This process stays and stands in for the command (proxy.h); its child becomes the
 * supervisor: as an ordinary user by executing privbind-supervisor, with an account by becoming
 * that user, as the other two processes do; the supervisor's child becomes the command, under the
 * filter. Returns only in that child, ready for execve(2), or with what failed on stderr:
 * EXIT_SUCCESS or an exit status.
 *
 * account   whom root becomes, or NULL
 * rules     the policy, as in struct subject
 */
int supervise(const struct account *account, struct span rules);

/* Where privbind-supervisor is: beside the helper, which PRIVBIND_HELPER may name. */
void supervise_path(char path[PATH_MAX]);

#endif
