#include "identity.h"

#include <stdint.h>
#include <string.h>

/* (uid_t)-1 and (gid_t)-1 mean "no change" to the kernel and are nobody's id. */
#define ID_MAX (UINT32_MAX - 1ul)

struct entry {
    struct span name;
    unsigned long id;
};

/*
 * Takes the next well-formed line NAME:PASSWORD:ID... off rest. As in libc, lines that begin with
 * # are comments, and + and - belong to NIS.
 */
static bool next_entry(struct span *rest, struct entry *entry)
{
    while (rest->length > 0) {
        struct span line = span_cut(rest, '\n');
        entry->name = span_cut(&line, ':');
        span_cut(&line, ':');
        if (entry->name.length > 0 && strchr("#+-", entry->name.at[0]) == NULL &&
            span_number(span_cut(&line, ':'), ID_MAX, &entry->id))
            return true;
    }
    return false;
}

/*
 * Whether the name belongs to the id. As with getpwnam(3) the first entry of a name counts: a
 * later one with the same name gives its id to nobody.
 */
static bool is_name_of(struct span file, struct span name, unsigned long id)
{
    struct entry entry;
    while (next_entry(&file, &entry)) {
        if (span_equal(entry.name, name))
            return entry.id == id;
    }
    return false;
}

bool id_file_has_name(struct span text, struct span name)
{
    struct entry entry;
    while (next_entry(&text, &entry)) {
        if (span_equal(entry.name, name))
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
    return is_name_of(who->passwd.text, name_or_id, who->uid) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
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

    struct span rest = who->group.text;
    struct entry entry;
    while (next_entry(&rest, &entry)) {
        if (span_equal(entry.name, name_or_id))
            return has_gid(who, entry.id) ? IDENTITY_MATCHES : IDENTITY_DIFFERS;
    }
    return IDENTITY_DIFFERS;
}

struct span identity_user_name(struct identity *who)
{
    if (load(who, &who->passwd, "/etc/passwd")) {
        struct span rest = who->passwd.text;
        struct entry entry;
        while (next_entry(&rest, &entry)) {
            if (entry.id == who->uid)
                return entry.name;
        }
    }
    return (struct span){"", 0};
}
