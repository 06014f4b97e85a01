/* The launcher's side of supervision: the command, and what becomes its supervisor. */
#ifndef PRIVBIND_SUPERVISE_H
#define PRIVBIND_SUPERVISE_H

#include "account.h"
#include "launch.h"

/*
 * Forks. The child becomes the command, under the filter; this process becomes its supervisor: as
 * an ordinary user by executing privbind-helper, with an account by becoming that, as the child
 * does too. Returns only in the child, ready for execve(2), or with what failed on stderr:
 * EXIT_SUCCESS or an exit status.
 *
 * account   whom root becomes, or NULL
 * rules     the policy, as in struct subject
 */
int supervise(const struct account *account, struct span rules);

#endif
