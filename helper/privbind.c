/*
 * privbind: starts a command so that it can bind privileged ports; and the doctor, --check.
 *
 * As an ordinary user it holds nothing: it sets LD_PRELOAD and executes. Only "-u USER", which
 * root's entrypoint calls, deals with privileges: see server.c and become.c.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "doctor/check.h"
#include "doctor/check_policy.h"
#include "launch/launch.h"
#include "launch/message.h"
#include "launch/user.h"
#include "resident/server.h"

static const char usage[] =
    "usage: privbind [-m MODE] [-u USER[:GROUP] [-a WHAT]... [--no-new-privs]] [--]\n"
    "           COMMAND [ARG]...\n"
    "       privbind [-u USER[:GROUP] [-a WHAT]...] --check [ADDRESS:]PORT[/PROTOCOL]\n"
    "       privbind --check-policy FILE\n"
    "\n"
    "Runs COMMAND so that it can bind privileged ports, as " PRIVBIND_CONF " allows.\n"
    "\n"
    "  -m MODE           preload: load the library into COMMAND; seccomp: supervise it, for Go "
    "and\n"
    "                    static programs; auto: whichever COMMAND's file asks for\n"
    "  -u USER[:GROUP]   as root: run COMMAND as USER, without any privilege; names or numbers\n"
    "  -a WHAT           with -u: allow just this, as 'tcp 80,443'; may be repeated\n"
    "  --no-new-privs    with -u: set no_new_privs for COMMAND\n"
    "  --check WHAT      try to bind, as 80/tcp or [::1]:443, and say what is in the way\n"
    "  --check-policy FILE   print every error in FILE, as " PRIVBIND_CONF "\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n"
    "\n"
    "Exit status: COMMAND's; 125 if privbind itself fails, 126 if COMMAND cannot be executed,\n"
    "127 if it is not found. See privbind(1).\n";

enum { OPTION_CHECK = 256, OPTION_CHECK_POLICY, OPTION_NO_NEW_PRIVS };

static const struct option long_options[] = {
    {"check", required_argument, NULL, OPTION_CHECK},
    {"check-policy", required_argument, NULL, OPTION_CHECK_POLICY},
    {"no-new-privs", no_argument, NULL, OPTION_NO_NEW_PRIVS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int print(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    return launch_failed("cannot write: %s", strerror(errno));
}

static int wrong_option(int result, int argc, char *const argv[])
{
    /* A long option is named by its word, a short one, maybe amidst others, by its letter. Where
       the argument is missing optind may be beyond the end. */
    const char *word = argv[optind <= argc ? optind - 1 : argc - 1];
    char letter[] = {'-', (char)optopt, '\0'};
    const char *name = strncmp(word, "--", 2) == 0 ? word : letter;
    return launch_failed(result == ':' ? "%s needs an argument; see privbind -h"
                                       : "unknown option '%s'; see privbind -h",
                         name);
}

static bool parse_mode(const char *text, enum launch_mode *mode)
{
    static const char *const names[] = {
        [MODE_AUTO] = "auto", [MODE_PRELOAD] = "preload", [MODE_SECCOMP] = "seccomp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (enum launch_mode)i;
            return true;
        }
    }
    return false;
}

/* What must not be combined. */
static int check_combination(const struct launch *launch, const char *check)
{
    if (launch->user.name == NULL && launch->user.what_count > 0)
        return launch_failed("-a needs -u USER; for an ordinary user %s decides", PRIVBIND_CONF);
    if (launch->user.name == NULL && launch->user.no_new_privs)
        return launch_failed("--no-new-privs needs -u USER: without it privbind-helper binds, and "
                             "would get no capability");
    if (check != NULL && launch->command[0] != NULL)
        return launch_failed("--check takes no command; see privbind -h");
    if (check == NULL && launch->command[0] == NULL)
        return launch_failed("the command is missing; see privbind -h");
    return EXIT_SUCCESS;
}

static int run(const struct launch *launch, const char *check)
{
    int status = check_combination(launch, check);
    if (status != EXIT_SUCCESS)
        return status;
    if (check == NULL)
        return launch_command(launch);
    if (launch->user.name != NULL)
        status = user_become(&launch->user, false);
    if (status == EXIT_SUCCESS)
        status = check_port(check);
    server_stop();
    return status;
}

/* what has room for every -a. */
static int parse_and_run(int argc, char *argv[], const char **what)
{
    struct launch launch = {.user = {.what = what}};
    const char *check = NULL;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:m:u:a:hV", long_options, NULL)) != -1) {
        switch (option) {
        case 'm':
            if (!parse_mode(optarg, &launch.mode))
                return launch_failed("-m %s: it is auto, preload or seccomp", optarg);
            break;
        case 'u':
            launch.user.name = optarg;
            break;
        case 'a':
            what[launch.user.what_count++] = optarg;
            break;
        case OPTION_NO_NEW_PRIVS:
            launch.user.no_new_privs = true;
            break;
        case OPTION_CHECK:
            check = optarg;
            break;
        case OPTION_CHECK_POLICY:
            return check_policy_file(optarg);
        case 'h':
            return print(usage);
        case 'V':
            return print("privbind " PRIVBIND_VERSION "\n");
        default:
            return wrong_option(option, argc, argv);
        }
    }
    launch.command = argv + optind;
    return run(&launch, check);
}

int main(int argc, char *argv[])
{
    /* Whoever made this file setuid, or gave it a capability, did not mean "for everybody". */
    if (getauxval(AT_SECURE) != 0)
        return launch_failed("this program must not be setuid or have file capabilities");
    const char **what = calloc((size_t)argc + 1, sizeof *what);
    if (what == NULL)
        return launch_failed("no memory for the options");
    int status = parse_and_run(argc, argv, what);
    free(what);
    return status;
}
