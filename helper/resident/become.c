/* SPDX-License-Identifier: MIT */
#include "resident/become.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/holder.h"

static bool failed(char error[REASON_MAX], const char *what)
{
    int cause = errno;
    const char *fix = cause == EPERM    ? "; root here lacks CAP_SETUID or CAP_SETGID (container: "
                                          "--cap-add SETUID,SETGID), or the user namespace or "
                                          "securebits forbid it"
                      : cause == EINVAL ? "; is the id mapped in this user namespace?"
                                        : "";
    return reason_set(error, "%s: %s%s", what, strerror(cause), fix);
}

static bool has_groups(const struct account *account)
{
    static gid_t groups[ACCOUNT_GROUPS_MAX];
    int count = getgroups(ACCOUNT_GROUPS_MAX, groups);
    if (count < 0 || (size_t)count != account->group_count)
        return false;
    account_sort_groups(groups, account->group_count);
    return memcmp(groups, account->groups, account->group_count * sizeof groups[0]) == 0;
}

static bool has_ids(const struct account *account)
{
    uid_t real, effective, saved;
    gid_t real_gid, effective_gid, saved_gid;
    return getresuid(&real, &effective, &saved) == 0 && real == account->uid &&
           effective == account->uid && saved == account->uid &&
           getresgid(&real_gid, &effective_gid, &saved_gid) == 0 && real_gid == account->gid &&
           effective_gid == account->gid && saved_gid == account->gid;
}

/* What a leftover privilege would allow. Nothing here may succeed. */
static bool can_return(const struct account *account)
{
    return setresuid((uid_t)-1, 0, (uid_t)-1) == 0 ||
           (account->gid != 0 && setresgid((gid_t)-1, 0, (gid_t)-1) == 0) ||
           setgroups(0, NULL) == 0;
}

bool become_account(const struct account *account, bool keep_capability, char error[REASON_MAX])
{
    bool kept;
    /* Leaving uid 0 empties the capability sets, unless this flag is set (capabilities(7)). */
    if (keep_capability && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return failed(error, "cannot set the flag PR_SET_KEEPCAPS");
    if (setgroups(account->group_count, account->groups) != 0)
        return failed(error, "cannot set the groups");
    if (setresgid(account->gid, account->gid, account->gid) != 0)
        return failed(error, "cannot set the group id");
    if (setresuid(account->uid, account->uid, account->uid) != 0)
        return failed(error, "cannot set the user id");
    /* Securebits may have kept the capabilities in spite of that; and the inheritable set stays
       anyway. */
    if (!capability_drop_all_but(keep_capability, &kept))
        return reason_set(error, "root's capabilities cannot be given up here");
    if (!has_ids(account))
        return reason_set(error, "root's user and group ids cannot be given up here");
    if (!has_groups(account))
        return reason_set(error, "root's supplementary groups cannot be given up here");
    if (can_return(account))
        return reason_set(error, "root's identity cannot be given up here");
    return !keep_capability || kept ||
           reason_set(
               error,
               "root here has no CAP_NET_BIND_SERVICE (container: --cap-add NET_BIND_SERVICE, "
               "systemd: CAP_NET_BIND_SERVICE in CapabilityBoundingSet=)");
}

bool become_holder(const struct account *account, struct subject *subject, char error[REASON_MAX])
{
    static const struct hardening hardened = {.is_hard = true, .has_capability = true};
    char reason[REASON_MAX];
    if (!become_account(account, true, error))
        return false;
    if (!holder_become_untouchable())
        return reason_set(error, "the helper or supervisor cannot be made undumpable");
    const char *failed = holder_identify(subject, &hardened, reason);
    if (failed != NULL)
        return reason_set(error, "%s", failed);
    return identity_is_known(&subject->identity) ||
           reason_set(error,
                      "uid %lu stands for every user not mapped in this user namespace; "
                      "choose another user, or map all ids",
                      (unsigned long)account->uid);
}
