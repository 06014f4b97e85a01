/* SPDX-License-Identifier: MIT */
#include "policy/identity.h"

#include <string.h>

/* As in libc, lines that begin with # are comments, and + and - belong to NIS. */
bool id_file_next(struct span *rest, struct id_entry *entry)
{
    while (rest->length > 0) {
        struct span line = span_cut(rest, '\n');
        entry->name = span_cut(&line, ':');
        span_cut(&line, ':');
        if (entry->name.length > 0 && strchr("#+-", entry->name.at[0]) == NULL &&
            span_number(span_cut(&line, ':'), ID_MAX, &entry->id)) {
            entry->after = line;
            return true;
        }
    }
    return false;
}

bool id_file_find(struct span text, struct span name, struct id_entry *entry)
{
    while (id_file_next(&text, entry)) {
        if (span_equal(entry->name, name))
            return true;
    }
    return false;
}

/*
 * An attacker may have made the file unreadable for us, with a limit on descriptors or memory, so
 * that "deny user mallory" no longer knows mallory. That is not "an unknown name".
 */
static bool load(struct identity *who, struct id_file *file, const char *path)
{
    return file->loaded || (who->load != NULL && who->load(file, path));
}

static bool is_known(const struct identity *who, enum identity_kind kind, unsigned long id)
{
    return who->is_known == NULL || who->is_known(kind, id);
}

bool identity_is_known(const struct identity *who)
{
    return is_known(who, IDENTITY_USER, who->uid);
}

bool identity_knows(const struct identity *who, uid_t uid)
{
    return is_known(who, IDENTITY_USER, uid);
}

static bool has_uid(const struct identity *who, unsigned long id)
{
    return id == who->uid;
}

static bool has_gid(const struct identity *who, unsigned long id)
{
    for (size_t i = 0; i < who->gid_count; i++) {
        if (who->gids[i] == id)
            return is_known(who, IDENTITY_GROUP, id);
    }
    return false;
}

/* The lines of a file from the first to the last that has one of the caller's ids: often just one
   of thousands. */
static struct span own_lines(const struct identity *who, struct span text,
                             bool (*is_own)(const struct identity *, unsigned long))
{
    struct span rest = text, lines = {text.at, 0};
    struct id_entry entry;
    while (id_file_next(&rest, &entry)) {
        if (!is_own(who, entry.id))
            continue;
        if (lines.length == 0)
            lines.at = entry.name.at;
        lines.length = (size_t)(rest.at - lines.at);
    }
    return lines;
}

/*
 * Whether the name has one of the caller's ids. The caller's own lines are found once; the names of
 * others, which most rules have, are not among them. As with getpwnam(3) the first entry of a name
 * counts: a later one with the same name gives its id to nobody.
 */
static enum identity_match is_named(const struct identity *who, struct span text, struct span *own,
                                    struct span name,
                                    bool (*is_own)(const struct identity *, unsigned long))
{
    struct id_entry entry;
    if (own->at == NULL)
        *own = own_lines(who, text, is_own);
    return id_file_find(*own, name, &entry) && id_file_find(text, name, &entry) &&
                   is_own(who, entry.id)
               ? IDENTITY_MATCHES
               : IDENTITY_DIFFERS;
}

enum identity_match identity_is_user(struct identity *who, struct span name_or_id)
{
    unsigned long id;
    if (span_number(name_or_id, ID_MAX, &id))
        return has_uid(who, id) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    if (!load(who, &who->passwd, "/etc/passwd"))
        return IDENTITY_UNREADABLE;
    return is_named(who, who->passwd.text, &who->own_users, name_or_id, has_uid);
}

bool identity_load_groups(struct identity *who)
{
    return who->load_groups == NULL || who->load_groups(who);
}

enum identity_match identity_is_in_group(struct identity *who, struct span name_or_id)
{
    unsigned long id;
    if (!identity_load_groups(who))
        return IDENTITY_NO_GROUPS;
    if (span_number(name_or_id, ID_MAX, &id))
        return has_gid(who, id) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    if (!load(who, &who->group, "/etc/group"))
        return IDENTITY_UNREADABLE;
    return is_named(who, who->group.text, &who->own_groups, name_or_id, has_gid);
}

struct span identity_user_name(struct identity *who)
{
    struct id_entry entry;
    if (!load(who, &who->passwd, "/etc/passwd"))
        return (struct span){"", 0};
    if (who->own_users.at == NULL)
        who->own_users = own_lines(who, who->passwd.text, has_uid);
    struct span rest = who->own_users; /* its first line is the first with the caller's uid */
    return id_file_next(&rest, &entry) ? entry.name : (struct span){"", 0};
}
