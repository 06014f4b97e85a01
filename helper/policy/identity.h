/* SPDX-License-Identifier: MIT */
/*
 * Who asks: real ids, and the names that the files passwd and group have for them. A static
 * program must not load NSS modules; numbers work without any file.
 */
#ifndef PRIVBIND_IDENTITY_H
#define PRIVBIND_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/span.h"

struct id_file {
    bool loaded;
    struct span text; /* lines NAME:PASSWORD:ID:... as in passwd(5) and group(5) */
};

/* What an id identifies. */
enum identity_kind { IDENTITY_USER, IDENTITY_GROUP };

struct identity {
    uid_t uid;         /* real */
    const gid_t *gids; /* the real one and the supplementary ones */
    size_t gid_count;
    /*
     * Fetches the groups when a rule first asks for them, and sets itself to NULL. Returns false if
     * they cannot be had. NULL: they are there.
     */
    bool (*load_groups)(struct identity *who);
    struct id_file passwd, group;
    struct span own_users, own_groups; /* kept by identity.c: the lines with these ids */
    /*
     * Fetches a file that is not loaded when it is first needed. A file that does not exist is
     * empty. Returns false if it exists but cannot be read; then nobody can be identified by name.
     */
    bool (*load)(struct id_file *file, const char *path);
    /*
     * Whether an id is one user's or group's, rather than what the kernel shows for ids that are
     * not mapped. NULL: all are.
     */
    bool (*is_known)(enum identity_kind kind, unsigned long id);
};

enum identity_match {
    IDENTITY_DIFFERS,
    IDENTITY_MATCHES,
    IDENTITY_UNREADABLE, /* passwd or group */
    IDENTITY_NO_GROUPS   /* load_groups failed */
};

/* Whether it is known who this is: if not, no rule applies to them. */
bool identity_is_known(const struct identity *who);

/* The same for any uid, as seen in who's namespace. */
bool identity_knows(const struct identity *who, uid_t uid);

/* Fetches the groups of who, unless they are there. Returns false if they cannot be had. */
bool identity_load_groups(struct identity *who);

/* Whether who is meant by a name or a number. An unknown name matches nobody. */
enum identity_match identity_is_user(struct identity *who, struct span name_or_id);
enum identity_match identity_is_in_group(struct identity *who, struct span name_or_id);

/* The name of the user for messages; an empty span if there is none or it cannot be read. */
struct span identity_user_name(struct identity *who);

/* The texts of passwd(5) and group(5). */
struct id_names {
    struct span passwd, group;
};

/* One line of passwd(5) or group(5). */
struct id_entry {
    struct span name;
    unsigned long id;  /* 0 to ID_MAX */
    struct span after; /* what follows the id and its colon */
};

/* (uid_t)-1 and (gid_t)-1 mean "no change" to the kernel and are nobody's id. */
#define ID_MAX (UINT32_MAX - 1ul)

/* Takes the next well-formed line off rest. Returns false at the end. */
bool id_file_next(struct span *rest, struct id_entry *entry);

/* Finds the entry of a name: as with getpwnam(3) the first one counts. */
bool id_file_find(struct span text, struct span name, struct id_entry *entry);

#endif
