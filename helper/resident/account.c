/* SPDX-License-Identifier: MIT */
#include "resident/account.h"

#include <stdlib.h>
#include <string.h>

static bool find_by_uid(struct span passwd, unsigned long uid, struct id_entry *entry)
{
    while (id_file_next(&passwd, entry)) {
        if (entry->id == uid)
            return true;
    }
    return false;
}

/* Takes a passwd entry over: after the uid it has GID:COMMENT:HOME:SHELL. */
static bool take_entry(struct account *account, const struct id_entry *entry)
{
    struct span rest = entry->after;
    unsigned long gid;
    if (!span_number(span_cut(&rest, ':'), ID_MAX, &gid))
        return false;
    span_cut(&rest, ':');
    account->uid = (uid_t)entry->id;
    account->gid = (gid_t)gid;
    account->name = entry->name;
    account->home = span_cut(&rest, ':');
    return true;
}

/*
 * A word of digits only is a number, even if a name looks like it. Without an entry the group is
 * the user's own number, as useradd(8) would make it: keeping root's group 0 would leave a piece of
 * root.
 */
static bool resolve_user(struct span user, struct span passwd, struct account *account,
                         const char **why)
{
    struct id_entry entry;
    unsigned long uid = 0;
    const bool is_number = span_is_digits(user);
    if (is_number && !span_number(user, ID_MAX, &uid)) {
        *why = "the uid is out of range";
        return false;
    }
    if (is_number ? find_by_uid(passwd, uid, &entry) : id_file_find(passwd, user, &entry)) {
        *why = "the entry in /etc/passwd has no valid group";
        return take_entry(account, &entry);
    }
    *why = "no such user in /etc/passwd; give unlisted users by number";
    account->uid = (uid_t)uid;
    account->gid = (gid_t)uid;
    return is_number;
}

static bool resolve_group(struct span name, struct span group, gid_t *gid, const char **why)
{
    struct id_entry entry = {.id = 0};
    *why = "the gid is out of range";
    if (span_is_digits(name) && !span_number(name, ID_MAX, &entry.id))
        return false;
    *why = "no such group in /etc/group; give unlisted groups by number";
    if (!span_is_digits(name) && !id_file_find(group, name, &entry))
        return false;
    *gid = (gid_t)entry.id;
    return true;
}

static bool has_member(struct span group_after_gid, struct span name)
{
    while (group_after_gid.length > 0) {
        if (span_equal(span_cut(&group_after_gid, ','), name))
            return true;
    }
    return false;
}

static int compare_gids(const void *left, const void *right)
{
    gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;
    return (a > b) - (a < b);
}

void account_sort_groups(gid_t *groups, size_t count)
{
    qsort(groups, count, sizeof groups[0], compare_gids);
}

static void collect_groups(struct account *account, struct span group)
{
    struct id_entry entry;
    size_t count = 0;
    account->groups[count++] = account->gid;
    while (account->name.length > 0 && count < ACCOUNT_GROUPS_MAX && id_file_next(&group, &entry)) {
        if (has_member(entry.after, account->name))
            account->groups[count++] = (gid_t)entry.id;
    }
    account_sort_groups(account->groups, count);
    account->group_count = 1;
    for (size_t i = 1; i < count; i++) {
        if (account->groups[i] != account->groups[account->group_count - 1])
            account->groups[account->group_count++] = account->groups[i];
    }
}

bool account_look_up(const char *spec, const struct id_names *known, struct account *account,
                     char error[REASON_MAX])
{
    const struct span whole = {spec, strlen(spec)};
    struct span group = whole;
    struct span user = span_cut(&group, ':');
    const bool has_group = user.length < whole.length;
    const char *why = NULL;

    *account = (struct account){.name = {"", 0}, .home = {"", 0}};
    if (user.length == 0 || (has_group && group.length == 0))
        return reason_set(error, "%.*s: a name or a number is missing; write USER or USER:GROUP",
                          SPAN_SHOWN(whole));
    if (!resolve_user(user, known->passwd, account, &why) ||
        (has_group && !resolve_group(group, known->group, &account->gid, &why)))
        return reason_set(error, "%.*s: %s", SPAN_SHOWN(whole), why);
    collect_groups(account, known->group);
    return true;
}

bool account_resolve(const char *spec, const struct id_names *known, struct account *account,
                     char error[REASON_MAX])
{
    const struct span whole = {spec, strlen(spec)};
    if (!account_look_up(spec, known, account, error))
        return false;
    return account->uid != 0 ||
           reason_set(error, "%.*s: the command would stay root; choose another user",
                      SPAN_SHOWN(whole));
}
