/* SPDX-License-Identifier: MIT */
#include "launch/preload.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/message.h"
#include "policy/span.h"

#define LIBRARY "libprivbind.so"

const char *preload_path(void)
{
    static char path[PATH_MAX + sizeof LIBRARY];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash = length < 0 ? NULL : memrchr(path, '/', (size_t)length);
    if (slash != NULL) {
        memcpy(slash + 1, LIBRARY, sizeof LIBRARY);
        if (access(path, F_OK) == 0)
            return path;
    }
    return PRIVBIND_LIBRARY_PATH;
}

/* A wrapper within a wrapper, or a script that executes itself again, adds it once only. */
static bool is_listed(const char *list, const char *path)
{
    const size_t length = strlen(path);
    for (; list != NULL && *list != '\0'; list += strspn(list, ": ")) {
        size_t item = strcspn(list, ": ");
        if (item == length && memcmp(list, path, length) == 0)
            return true;
        list += item;
    }
    return false;
}

/* ld.so(8): separated by blanks or colons. */
int preload_add(void)
{
    const char *path = preload_path(), *before = getenv("LD_PRELOAD");
    if (strpbrk(path, ": ") != NULL)
        return launch_failed("%s: LD_PRELOAD cannot hold a path with a space or a colon; install "
                             "privbind elsewhere",
                             path);
    if (access(path, R_OK) != 0)
        return launch_failed("%s: %s; install privbind there (make install)", path,
                             strerror(errno));
    if (is_listed(before, path))
        return EXIT_SUCCESS;
    size_t size = strlen(path) + 1 + (before == NULL ? 0 : strlen(before)) + 1;
    char *list = malloc(size);
    if (list == NULL)
        return launch_failed("no memory for the environment");
    bool is_empty = before == NULL || before[0] == '\0';
    snprintf(list, size, is_empty ? "%s" : "%s:%s", path, before);
    bool done = setenv("LD_PRELOAD", list, 1) == 0;
    free(list);
    return done ? EXIT_SUCCESS : launch_failed("no memory for the environment");
}

void preload_remove(void)
{
    char *list = getenv("LD_PRELOAD");
    if (list == NULL)
        return;
    char *kept = list;
    for (const char *at = list; *at != '\0';) {
        const size_t gap = strspn(at, ": "), item = gap + strcspn(at + gap, ": ");
        const char *slash = memrchr(at, '/', item), *name = slash == NULL ? at + gap : slash + 1;
        const bool is_ours = span_is((struct span){name, (size_t)(at + item - name)}, LIBRARY);
        if (!is_ours) {
            memmove(kept, at, item);
            kept += item;
        }
        at += item;
    }
    *kept = '\0';
}
