#include "launch/launch.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/privilege.h"
#include "launch/program.h"
#include "launch/supervise.h"
#include "launch/user.h"
#include "policy/format.h"
#include "resident/server.h"
#include "supervise/filter.h"

#define LIBRARY "libprivbind.so"

int launch_failed(const char *format, ...)
{
    char line[PATH_MAX + 1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    format_clean(line);
    fprintf(stderr, "privbind: %s\n", line);
    return EXIT_OWN_FAILURE;
}

const char *launch_library(void)
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

/* Puts the library in front of what LD_PRELOAD holds (ld.so(8): separated by blanks or colons). */
static int preload_library(void)
{
    const char *path = launch_library(), *before = getenv("LD_PRELOAD");
    if (strpbrk(path, ": ") != NULL)
        return launch_failed("%s: LD_PRELOAD cannot hold a path with a blank or a colon; install "
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

/* All that a supervised command starts is supervised too: the library would only ask again. */
static void remove_library(void)
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

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int cannot_execute(const char *command)
{
    const int error = errno;
    const bool has_slash = strchr(command, '/') != NULL;
    if (error == ENOENT && (!has_slash || access(command, F_OK) != 0)) {
        launch_failed("%s: %s", command, has_slash ? strerror(error) : "not found in PATH");
        return EXIT_NOT_FOUND;
    }
    const char *why = strerror(error), *mend = "";
    if (has_slash && is_directory(command))
        why = "is a directory";
    else if (error == ENOENT)
        mend = ": its interpreter (the #! line, or the dynamic linker) is missing";
    else if (error == EACCES && !has_slash)
        mend = "; it, or a folder of PATH, is closed to this user: chmod a+rx";
    else if (error == EACCES)
        mend = "; make it executable, and its folders searchable: chmod a+rx";
    else if (error == EAGAIN)
        mend = "; raise the limit of processes: ulimit -u";
    else if (error == ENOEXEC)
        mend = "; is it for this machine? A script needs a first line, as #!/bin/sh";
    launch_failed("%s: %s%s", command, why, mend);
    return EXIT_CANNOT_EXECUTE;
}

bool launch_is_on(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && strcmp(value, "1") == 0;
}

/* Whether to supervise the command rather than to load the library into it. */
static bool must_supervise(const struct launch *launch, const char **why)
{
    *why = "as -m says";
    if (launch->mode != MODE_AUTO)
        return launch->mode == MODE_SECCOMP;
    const char *escapes = program_command_escapes(launch->command[0]);
    /* It needs none; and into root's, which has more privileges, none may look (ptrace(2)). */
    if (escapes != NULL && launch->user == NULL && capability_comes_with_execve()) {
        *why = "for what it starts; it binds by itself, with CAP_NET_BIND_SERVICE";
        return false;
    }
    *why = escapes != NULL ? escapes : "LD_PRELOAD reaches it";
    return escapes != NULL;
}

int launch_command(const struct launch *launch)
{
    const char *why;
    const bool supervised = must_supervise(launch, &why);
    /* Within another privbind that one decides and binds, by the same policy, and there can be no
       second supervisor. Who asks for another user or policy hears of that. */
    const bool is_served = supervised && launch->user == NULL && filter_is_served();
    int status = EXIT_SUCCESS;
    if (launch_is_on("PRIVBIND_DEBUG"))
        fprintf(stderr, "privbind: %s: %s: %s\n", launch->command[0],
                is_served    ? "supervised already, by the privbind above"
                : supervised ? "supervised by seccomp"
                             : "the library is preloaded",
                why);
    if (launch->user != NULL)
        status = user_become(launch, supervised);
    else if (supervised && !is_served)
        status = supervise(NULL, (struct span){NULL, 0});
    if (supervised)
        remove_library();
    else if (status == EXIT_SUCCESS)
        status = preload_library();
    if (status == EXIT_SUCCESS) {
        execvp(launch->command[0], launch->command);
        status = cannot_execute(launch->command[0]);
    }
    server_stop();
    return status;
}
