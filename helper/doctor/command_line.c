#include "doctor/command_line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "policy/file.h"
#include "policy/format.h"
#include "policy/policy.h"

#define PATH_SIZE 4096

static const char usage[] =
    "usage: privbind-helper --check-policy [FILE] | --version | --help\n"
    "\n"
    "Binds one socket to a privileged port for the program that executed it, if the policy\n"
    "in " PRIVBIND_CONF " allows that. libprivbind.so starts it; by hand it does nothing:\n"
    "it expects a request on descriptor 0, a SOCK_SEQPACKET socket. See privbind-helper(8).\n"
    "\n"
    "  --check-policy [FILE]  print every error in FILE, else in " PRIVBIND_CONF "\n"
    "  --version              print the version\n"
    "  --help                 print this\n";

static int write_error; /* why something could not be written, an errno; 0: nothing failed */

#define print(...)                                                                                 \
    (write_error = write_error != 0 ? write_error : format_write(STDOUT_FILENO, __VA_ARGS__))

int command_line_usage(void)
{
    format_write(STDERR_FILENO, "%s", usage);
    return 2;
}

static int finish_output(void)
{
    if (write_error == 0)
        return 0;
    format_write(STDERR_FILENO, "privbind-helper: cannot write: %s\n", strerror(write_error));
    return 1;
}

static void print_error(void *context, size_t line, const char *message)
{
    print("%s:%zu: %s\n", (const char *)context, line, message);
}

static void print_note(void *context, size_t line, const char *message)
{
    print("%s:%zu: note: %s\n", (const char *)context, line, message);
}

/*
 * The file that decides must also be trusted. A file named on the command line may be a draft: it
 * is judged by what it says only.
 */
static int check_policy(const char *draft)
{
    const char *path = draft != NULL ? draft : PRIVBIND_CONF;
    char error[FILE_ERROR_MAX];
    struct span text;
    struct id_file passwd = {0}, group = {0};

    if (draft != NULL ? !file_read(path, &text, error) : !file_read_trusted(path, &text, error)) {
        print("%s: %s\n", path, error);
        finish_output();
        return 1;
    }
    if (!file_load_names(&passwd, "/etc/passwd") || !file_load_names(&group, "/etc/group"))
        print("note: /etc/passwd or /etc/group cannot be read: not all names could be "
              "looked up\n");
    const struct id_names known = {passwd.text, group.text};
    char name[PATH_SIZE];
    format_text(name, sizeof name, "%s", path);
    const struct policy_reader reader = {print_error, print_note, name};
    size_t errors = policy_check(text, &known, &reader);
    return finish_output() == 0 && errors == 0 ? 0 : 1;
}

static bool is_option(const char *argument)
{
    return strcmp(argument, "--check-policy") == 0 || strcmp(argument, "--version") == 0 ||
           strcmp(argument, "--help") == 0;
}

int command_line(int argc, char *argv[])
{
    if (argc <= 3 && strcmp(argv[1], "--check-policy") == 0)
        return check_policy(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        print("privbind-helper " PRIVBIND_VERSION "\n");
        return finish_output();
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print("%s", usage);
        return finish_output();
    }
    if (is_option(argv[1]))
        format_write(STDERR_FILENO, "privbind-helper: too many arguments after %s\n", argv[1]);
    else
        format_write(STDERR_FILENO, "privbind-helper: unknown argument '%s'\n", argv[1]);
    return command_line_usage();
}
