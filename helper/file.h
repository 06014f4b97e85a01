/* Reading a whole file. */
#ifndef PRIVBIND_FILE_H
#define PRIVBIND_FILE_H

#include <stdbool.h>

#include "identity.h"
#include "span.h"

#define FILE_ERROR_MAX 160u

/*
 * Reads a file that can decide about a privilege: a regular file, owned by root, writable by
 * nobody else. All of that is asked of the descriptor that is read, not of the name. The folders
 * that lead to it, when symbolic links have been followed, must be root's alone too.
 *
 * path      an absolute path
 * text      on success the contents, to be given back with file_free()
 * error     on failure what is wrong and what mends it, to be put after the path: "is ..."
 * Returns false on failure; errno is then ENOENT if, and only if, there is no such file.
 */
bool file_read_trusted(const char *path, struct span *text, char error[FILE_ERROR_MAX]);

/* The same for any regular file that can be read, whoever owns it. */
bool file_read(const char *path, struct span *text, char error[FILE_ERROR_MAX]);

void file_free(struct span text);

/*
 * For struct identity: loads passwd or group, for as long as the process lives. One that does not
 * exist is empty. Returns false, and leaves *file alone, if it exists but cannot be read.
 */
bool file_load_names(struct id_file *file, const char *path);

/* The same, for names that decide about a privilege: as with file_read_trusted(). */
bool file_load_trusted_names(struct id_file *file, const char *path);

#endif
