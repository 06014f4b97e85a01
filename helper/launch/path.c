/* SPDX-License-Identifier: MIT */
#include "launch/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directories of PATH that are still to be tried. */
struct directories {
    struct span rest;
    bool are_over;
};

static struct directories all_directories(void)
{
    const char *path = getenv("PATH");
    struct directories directories = {{path == NULL ? "/usr/local/bin:/bin:/usr/bin" : path, 0},
                                      false};
    directories.rest.length = strlen(directories.rest.at);
    return directories;
}

/* Names the file in the next directory. Returns false at the end. */
static bool next_file(struct directories *directories, const char *word,
                      char file[PROGRAM_PATH_MAX])
{
    while (!directories->are_over) {
        directories->are_over = memchr(directories->rest.at, ':', directories->rest.length) == NULL;
        struct span directory =
            span_cut(&directories->rest, ':'); /* empty: the working directory */
        const int length = snprintf(file, PROGRAM_PATH_MAX, "%.*s%s%s", (int)directory.length,
                                    directory.at, directory.length > 0 ? "/" : "", word);
        if ((size_t)length < PROGRAM_PATH_MAX)
            return true;
    }
    return false;
}

bool path_find(const char *word, char file[PROGRAM_PATH_MAX])
{
    struct directories directories = all_directories();
    struct stat status;
    while (next_file(&directories, word, file)) {
        if (stat(file, &status) == 0 && S_ISREG(status.st_mode) && access(file, X_OK) == 0)
            return true;
    }
    return false;
}

void path_execute(char *const words[])
{
    char file[PROGRAM_PATH_MAX];
    struct directories directories = all_directories();
    int error = ENOENT;
    if (words[0][0] == '\0' || strchr(words[0], '/') != NULL) {
        execve(words[0], words, environ);
        return;
    }
    while (next_file(&directories, words[0], file)) {
        execve(file, words, environ);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV &&
                 errno != ETIMEDOUT) /* a file system that has gone away */
            return;
    }
    errno = error;
}
