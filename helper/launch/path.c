/* SPDX-License-Identifier: MIT */
#include "launch/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders of PATH that are still to be tried. */
struct folders {
    struct span rest;
    bool are_over;
};

static struct folders all_folders(void)
{
    const char *path = getenv("PATH");
    struct folders folders = {{path == NULL ? "/usr/local/bin:/bin:/usr/bin" : path, 0}, false};
    folders.rest.length = strlen(folders.rest.at);
    return folders;
}

/* Names the file in the next folder. Returns false at the end. */
static bool next_file(struct folders *folders, const char *word, char file[PROGRAM_PATH_MAX])
{
    while (!folders->are_over) {
        folders->are_over = memchr(folders->rest.at, ':', folders->rest.length) == NULL;
        struct span folder = span_cut(&folders->rest, ':'); /* empty: the working directory */
        const int length = snprintf(file, PROGRAM_PATH_MAX, "%.*s%s%s", (int)folder.length,
                                    folder.at, folder.length > 0 ? "/" : "", word);
        if ((size_t)length < PROGRAM_PATH_MAX)
            return true;
    }
    return false;
}

bool path_find(const char *word, char file[PROGRAM_PATH_MAX])
{
    struct folders folders = all_folders();
    struct stat status;
    while (next_file(&folders, word, file)) {
        if (stat(file, &status) == 0 && S_ISREG(status.st_mode) && access(file, X_OK) == 0)
            return true;
    }
    return false;
}

void path_execute(char *const words[])
{
    char file[PROGRAM_PATH_MAX];
    struct folders folders = all_folders();
    int error = ENOENT;
    if (words[0][0] == '\0' || strchr(words[0], '/') != NULL) {
        execve(words[0], words, environ);
        return;
    }
    while (next_file(&folders, words[0], file)) {
        execve(file, words, environ);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV &&
                 errno != ETIMEDOUT) /* a file system that has gone away */
            return;
    }
    errno = error;
}
