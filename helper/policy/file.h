/* SPDX-License-Identifier: MIT */
/* Reading a whole file. */
#ifndef PRIVBIND_FILE_H
#define PRIVBIND_FILE_H

#include <stdbool.h>

#include "policy/format.h"
#include "policy/identity.h"
#include "policy/span.h"

/*
 * Reads a file that can decide about a privilege: a regular file, owned by root, writable by nobody
 * else; and the same holds for the directory in path. All else is asked of the descriptor that is
 * read, not of the name.
 *
 * path      an absolute path; symbolic links are followed
 * text      on success the contents, to be given back with file_free()
 * error     on failure what is wrong and what fixes it, to be put after the path: "is ..."
 * Returns false on failure; errno is then ENOENT if, and only if, there is no such file.
 */
bool file_read_trusted(const char *path, struct span *text, char error[REASON_MAX]);

/* The same for any regular file that can be read, whoever owns it. */
bool file_read(const char *path, struct span *text, char error[REASON_MAX]);

/* Nothing is done for a text that was never read (at is NULL). */
void file_free(struct span text);

/*
 * For struct identity: loads passwd or group, to be given back with file_free(), or kept for good.
 * One that does not exist is empty. Returns false, and leaves *file alone, if it exists but cannot
 * be read.
 */
bool file_load_names(struct id_file *file, const char *path);

#endif
