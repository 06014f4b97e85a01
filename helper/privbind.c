/*
 * privbind: starts a command so that it can bind privileged ports; and the doctor, --check and
 * --policy.
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

#include "doctor/options.h"
#include "launch/launch.h"

static const char usage[] =
    "usage: privbind [-m MODE] [-u USER[:GROUP] [-a WHAT]... [--no-new-privs]] [--]\n"
    "           COMMAND [ARG]...\n"
    "       privbind [-u USER[:GROUP] [-a WHAT]...] --check [--json] TARGET...\n"
    "       privbind --policy [-u USER[:GROUP]] [--file FILE] [TARGET]...\n"
    "\n"
    "Runs COMMAND so that it can bind privileged ports, as " PRIVBIND_CONF " allows.\n"
    "\n"
    "  -m MODE           preload: load the library into COMMAND; seccomp: supervise it, for Go "
    "and\n"
    "                    static programs; auto: whichever COMMAND's file asks for\n"
    "  -u USER[:GROUP]   as root: run COMMAND as USER, without any privilege; names or numbers\n"
    "  -a WHAT           with -u: allow just this, as 'tcp 80,443'; may be repeated\n"
    "  --no-new-privs    with -u: set no_new_privs for COMMAND\n"
    "  --check TARGET    try to bind, as 80, http, 53/udp or [::1]:443: what is in the way?\n"
    "  --policy          say what you, or USER, may bind, by which line of the policy, or of FILE\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n"
    "\n"
    "Exit status: COMMAND's; 125 if privbind itself fails, 126 if COMMAND cannot be executed,\n"
    "127 if it is not found. See privbind(1).\n";

enum { OPTION_CHECK = 256, OPTION_POLICY, OPTION_NO_NEW_PRIVS };

static const struct option long_options[] = {
    {"check", no_argument, NULL, OPTION_CHECK},
    {"policy", no_argument, NULL, OPTION_POLICY},
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
static int check_combination(const struct launch *launch)
{
    if (launch->user == NULL && launch->what_count > 0)
        return launch_failed("-a needs -u USER; for an ordinary user %s decides", PRIVBIND_CONF);
    if (launch->user == NULL && launch->no_new_privs)
        return launch_failed("--no-new-privs needs -u USER: without it privbind-helper binds, and "
                             "would get no capability");
    if (launch->command[0] == NULL)
        return launch_failed("the command is missing; see privbind -h");
    return EXIT_SUCCESS;
}

/* what has room for every -a. */
static int parse_and_run(int argc, char *argv[], const char **what)
{
    struct launch launch = {.what = what};
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:m:u:a:hV", long_options, NULL)) != -1) {
        switch (option) {
        case 'm':
            if (!parse_mode(optarg, &launch.mode))
                return launch_failed("-m %s: it is auto, preload or seccomp", optarg);
            break;
        case 'u':
            launch.user = optarg;
            break;
        case 'a':
            what[launch.what_count++] = optarg;
            break;
        case OPTION_NO_NEW_PRIVS:
            launch.no_new_privs = true;
            break;
        case OPTION_CHECK:
        case OPTION_POLICY:
            return options_run(argc, argv, option == OPTION_POLICY, &launch, what);
        case 'h':
            return print(usage);
        case 'V':
            return print("privbind " PRIVBIND_VERSION "\n");
        default:
            return wrong_option(option, argc, argv);
        }
    }
    launch.command = argv + optind;
    const int status = check_combination(&launch);
    return status == EXIT_SUCCESS ? launch_command(&launch) : status;
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
