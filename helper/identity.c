#include "identity.h"

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

enum identity_match identity_is_user(struct identity *who, struct span name_or_id)
{
    unsigned long id;
    if (span_number(name_or_id, ID_MAX, &id))
        return id == who->uid ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    if (!load(who, &who->passwd, "/etc/passwd"))
        return IDENTITY_UNREADABLE;
    struct id_entry entry;
    bool matches = id_file_find(who->passwd.text, name_or_id, &entry) && entry.id == who->uid;
    return matches ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
}

static bool has_gid(const struct identity *who, unsigned long id)
{
    for (size_t i = 0; i < who->gid_count; i++) {
        if (who->gids[i] == id)
            return true;
    }
    return false;
}

enum identity_match identity_is_in_group(struct identity *who, struct span name_or_id)
{
    unsigned long id;
    if (span_number(name_or_id, ID_MAX, &id))
        return has_gid(who, id) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    if (!load(who, &who->group, "/etc/group"))
        return IDENTITY_UNREADABLE;

    struct id_entry entry;
    bool matches = id_file_find(who->group.text, name_or_id, &entry) && has_gid(who, entry.id);
    return matches ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
}

struct span identity_user_name(struct identity *who)
{
    if (load(who, &who->passwd, "/etc/passwd")) {
        struct span rest = who->passwd.text;
        struct id_entry entry;
        while (id_file_next(&rest, &entry)) {
            if (entry.id == who->uid)
                return entry.name;
        }
    }
    return (struct span){"", 0};
}
