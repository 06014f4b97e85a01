#include "doctor/check_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/lint.h"
#include "launch/launch.h"
#include "policy/file.h"

static void print_error(void *context, size_t line, const char *message)
{
    printf("%s:%zu: %s\n", (const char *)context, line, message);
}

static void print_note(void *context, size_t line, const char *message)
{
    printf("%s:%zu: note: %s\n", (const char *)context, line, message);
}

int check_policy_file(const char *path)
{
    char error[REASON_MAX];
    struct span text;
    struct id_file passwd = {0}, group = {0};
    const bool is_in_force = strcmp(path, PRIVBIND_CONF) == 0;

    if (is_in_force ? !file_read_trusted(path, &text, error) : !file_read(path, &text, error)) {
        printf("%s: %s\n", path, error);
        return EXIT_FAILURE;
    }
    if (!file_load_names(&passwd, "/etc/passwd") || !file_load_names(&group, "/etc/group"))
        puts("note: /etc/passwd or /etc/group cannot be read: not all names could be looked up");
    const struct id_names known = {passwd.text, group.text};
    const struct lint_reader reader = {print_error, print_note, (void *)(uintptr_t)path};
    const size_t errors = lint_policy(text, &known, &reader);
    if (fflush(stdout) != 0)
        return launch_failed("cannot write");
    return errors == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
