#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "become.h"
#include "file.h"
#include "ruling.h"
#include "server.h"

#define LIBRARY "libprivbind.so"

int launch_failed(const char *format, ...)
{
    char line[PATH_MAX + 1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* One line, whatever a command line holds; and nothing that a terminal obeys. */
    for (char *at = line; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    }
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

/* Checks the argument of one -a; a line break in it would begin another rule. */
static int check_what(const char *what)
{
    char line[RULE_LINE_MAX + 2], error[RULE_ERROR_MAX];
    struct rule rule;
    if (what[strspn(what, " \t")] == '\0')
        return launch_failed("-a '%s': ports are missing, as in -a 'tcp 80'", what);
    if (strchr(what, '\n') != NULL)
        return launch_failed("-a holds a line break; repeat -a instead");
    int length = snprintf(line, sizeof line, RULING_OF_OPTION "%s\n", what);
    if ((size_t)length >= sizeof line)
        return launch_failed("-a is longer than %u bytes; repeat -a instead", RULE_LINE_MAX);
    struct rule_cursor cursor = {.rest = {line, (size_t)length}};
    return rule_next(&cursor, &rule, error) == RULE_NEXT_RULE
               ? EXIT_SUCCESS
               : launch_failed("-a '%s': %s", what, error);
}

/* Makes the policy of all -a, one line each; none without any. */
static int make_rules(const struct launch *launch, struct span *rules)
{
    size_t size = 1, length = 0;
    *rules = (struct span){NULL, 0};
    for (size_t i = 0; i < launch->what_count; i++) {
        int status = check_what(launch->what[i]);
        if (status != EXIT_SUCCESS)
            return status;
        size += strlen(RULING_OF_OPTION) + strlen(launch->what[i]) + 1;
    }
    if (launch->what_count == 0)
        return EXIT_SUCCESS;
    char *text = malloc(size);
    if (text == NULL)
        return launch_failed("no memory for the policy");
    for (size_t i = 0; i < launch->what_count; i++)
        length += (size_t)snprintf(text + length, size - length, RULING_OF_OPTION "%s\n",
                                   launch->what[i]);
    *rules = (struct span){text, length};
    return EXIT_SUCCESS;
}

static bool set_variable(const char *name, struct span value)
{
    char *copy = strndup(value.at, value.length);
    bool done = copy != NULL && setenv(name, copy, 1) == 0;
    free(copy);
    return done;
}

/*
 * Root's own HOME, USER and LOGNAME would send the command to root's files. An account that passwd
 * does not have has no name, and / for a home.
 */
static bool set_user_variables(const struct account *account)
{
    static const struct span no_home = {"/", 1};
    if (!set_variable("HOME", account->home.length > 0 ? account->home : no_home))
        return false;
    if (account->name.length == 0)
        return unsetenv("USER") == 0 && unsetenv("LOGNAME") == 0;
    return set_variable("USER", account->name) && set_variable("LOGNAME", account->name);
}

int launch_become_user(const struct launch *launch)
{
    static struct account account;
    struct id_file passwd = {0}, group = {0};
    struct span rules;
    char error[SERVER_ERROR_MAX], name[SERVER_NAME_MAX];

    if (getuid() != 0)
        return launch_failed("-u needs root; as an ordinary user leave it out, and %s decides",
                             PRIVBIND_CONF);
    if (!file_load_names(&passwd, "/etc/passwd") || !file_load_names(&group, "/etc/group"))
        return launch_failed("/etc/passwd or /etc/group cannot be read");
    const struct id_names known = {passwd.text, group.text};
    if (!account_resolve(launch->user, &known, &account, error))
        return launch_failed("-u %s", error);
    int status = make_rules(launch, &rules);
    if (status != EXIT_SUCCESS)
        return status;
    if (!server_start(&account, rules, name, error) || !become_account(&account, false, error))
        return launch_failed("-u %s: %s", launch->user, error);
    if (launch->no_new_privs && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                                 prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
        return launch_failed("--no-new-privs: %s", strerror(errno));
    if (setenv("PRIVBIND_SOCKET", name, 1) != 0 || !set_user_variables(&account))
        return launch_failed("no memory for the environment");
    return EXIT_SUCCESS;
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
    else if (error == EACCES)
        mend = "; make it executable, and its folders searchable: chmod a+rx";
    else if (error == EAGAIN)
        mend = "; raise the limit of processes: ulimit -u";
    else if (error == ENOEXEC)
        mend = "; is it for this machine? A script needs a first line, as #!/bin/sh";
    launch_failed("%s: %s%s", command, why, mend);
    return EXIT_CANNOT_EXECUTE;
}

int launch_command(const struct launch *launch)
{
    int status = launch->user != NULL ? launch_become_user(launch) : EXIT_SUCCESS;
    if (status == EXIT_SUCCESS)
        status = preload_library();
    if (status == EXIT_SUCCESS) {
        execvp(launch->command[0], launch->command);
        status = cannot_execute(launch->command[0]);
    }
    server_stop();
    return status;
}
