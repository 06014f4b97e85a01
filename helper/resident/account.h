/* SPDX-License-Identifier: MIT */
/* The user that "privbind -u" starts a command as: from words to ids. Pure. */
#ifndef PRIVBIND_ACCOUNT_H
#define PRIVBIND_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "policy/format.h"
#include "policy/identity.h"
#include "policy/span.h"

#define ACCOUNT_GROUPS_MAX 65536u /* NGROUPS_MAX of the kernel */

struct account {
    uid_t uid; /* never 0 after account_resolve() */
    gid_t gid;
    gid_t groups[ACCOUNT_GROUPS_MAX]; /* ascending, each once, gid among them */
    size_t group_count;
    struct span name, home; /* from passwd; without an entry there both are empty */
};

/*
 * Reads USER[:GROUP], names or numbers. A number need not be in passwd(5); its group is then the
 * same number, unless GROUP says otherwise. The supplementary groups are those that group(5) lists
 * the user in, with GROUP or without.
 *
 * known     the texts of passwd and group; name and home of the account are pieces of them
 * error     what is wrong, as one line that begins with spec
 * Returns false if there is no such user or group, or the user is root.
 */
bool account_resolve(const char *spec, const struct id_names *known, struct account *account,
                     char error[REASON_MAX]);

/* The same, for a question only: the user may be root. */
bool account_look_up(const char *spec, const struct id_names *known, struct account *account,
                     char error[REASON_MAX]);

/* Puts group ids in the order of an account's. */
void account_sort_groups(gid_t *groups, size_t count);

#endif
