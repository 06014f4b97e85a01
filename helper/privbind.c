/* SPDX-License-Identifier: MIT */
/*
 * privbind: starts a command so that it can bind privileged ports; and the doctor, --check and
 * --policy.
 *
 * As an ordinary user it holds no privilege: it sets up LD_PRELOAD, a supervisor or bound sockets,
 * and executes the command. Only "-u USER", which root's entrypoint calls, deals with privileges:
 * see server.c and become.c.
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
#include "launch/message.h"

static const char usage[] =
    "usage: privbind [OPTION]... [--] COMMAND [ARG]...\n"
    "       privbind [OPTION]... --check [--json] TARGET...\n"
    "       privbind [OPTION]... --policy [--file FILE] [TARGET]...\n"
    "\n"
    "Runs COMMAND so that it can bind privileged ports, as " PRIVBIND_CONF "\n"
    "allows.\n"
    "\n"
    "  -m, --mode MODE      preload: load the library into COMMAND; seccomp:\n"
    "                       supervise it (Go, static programs); auto: as needed\n"
    "  -u, --user USER      as root: run COMMAND as USER, or as USER:GROUP,\n"
    "                       without any privilege\n"
    "  -a, --allow WHAT     with -u: allow only WHAT ('tcp 80,443'); repeatable\n"
    "      --no-new-privs   with -u: set no_new_privs for COMMAND\n"
    "      --listen SOCKET  bind [ADDRESS:]PORT[/PROTOCOL][=NAME] and hand the\n"
    "                       socket over as systemd does; repeatable\n"
    "      --check          try to bind TARGET, such as 80, http or [::1]:53/udp\n"
    "      --json           with --check: print one JSON object\n"
    "      --policy         print what the policy lets you, or USER, bind\n"
    "      --file FILE      with --policy: read FILE in place of the policy\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n"
    "\n"
    "Exit status: COMMAND's; 125 if privbind itself fails, 126 if COMMAND cannot be\n"
    "executed, 127 if it is not found. See privbind(1).\n";

enum { OPTION_CHECK = 256, OPTION_POLICY, OPTION_LISTEN, OPTION_NO_NEW_PRIVS };

static const struct option long_options[] = {
    {"allow", required_argument, NULL, 'a'},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"policy", no_argument, NULL, OPTION_POLICY},
    {"help", no_argument, NULL, 'h'},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"mode", required_argument, NULL, 'm'},
    {"no-new-privs", no_argument, NULL, OPTION_NO_NEW_PRIVS},
    {"user", required_argument, NULL, 'u'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int print(const char *text)
{
    if (fputs(text, stdout) < 0)
        return launch_failed("cannot write: %s", strerror(errno));
    return launch_flush(EXIT_SUCCESS);
}

static int wrong_option(int result, int argc, char *const argv[])
{
    /* A long option is named by its word, a short one, maybe amidst others, by its letter. If the
       argument is missing, optind may be beyond the end. */
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
    if (launch->user.name == NULL && launch->user.what_count > 0)
        return launch_failed("-a needs -u USER; without -u, the policy is in %s", PRIVBIND_CONF);
    if (launch->user.name == NULL && launch->user.no_new_privs)
        return launch_failed("--no-new-privs needs -u USER: without -u, privbind-helper would get "
                             "no capability");
    if (launch->listen_count > 0 && launch->mode != MODE_AUTO)
        return launch_failed("--listen needs neither library nor supervisor; leave -m out");
    if (launch->command[0] == NULL)
        return launch_failed("the command is missing; see privbind -h");
    return EXIT_SUCCESS;
}

struct options {
    struct launch launch;
    const char **what, **listen; /* with room for every -a and --listen */
};

#define GO_ON (-1)

/* Returns an exit status if nothing is left to be done, else GO_ON. */
static int take_option(int option, struct options *options)
{
    struct launch *launch = &options->launch;
    switch (option) {
    case 'm':
        return parse_mode(optarg, &launch->mode)
                   ? GO_ON
                   : launch_failed("-m %s: the mode must be auto, preload or seccomp", optarg);
    case 'u':
        launch->user.name = optarg;
        return GO_ON;
    case 'a':
        options->what[launch->user.what_count++] = optarg;
        return GO_ON;
    case OPTION_LISTEN:
        options->listen[launch->listen_count++] = optarg;
        return GO_ON;
    case OPTION_NO_NEW_PRIVS:
        launch->user.no_new_privs = true;
        return GO_ON;
    case 'V':
        return print("privbind " PRIVBIND_VERSION "\n");
    default: /* -h */
        return print(usage);
    }
}

static int parse_and_run(int argc, char *argv[], struct options *options)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:m:u:a:hV", long_options, NULL)) != -1) {
        if (option == OPTION_CHECK || option == OPTION_POLICY)
            return options_run(argc, argv, option == OPTION_POLICY, &options->launch,
                               options->what);
        const int status = option == ':' || option == '?' ? wrong_option(option, argc, argv)
                                                          : take_option(option, options);
        if (status != GO_ON)
            return status;
    }
    options->launch.command = argv + optind;
    const int status = check_combination(&options->launch);
    return status == EXIT_SUCCESS ? launch_command(&options->launch) : status;
}

int main(int argc, char *argv[])
{
    /* Whoever made this file setuid, or gave it a capability, did not mean "for everybody". */
    if (getauxval(AT_SECURE) != 0)
        return launch_failed("must not itself be setuid or have file capabilities");
    const size_t count = (size_t)argc + 1;
    const char **lists = calloc(2 * count, sizeof *lists);
    if (lists == NULL)
        return launch_failed("no memory for the options");
    struct options options = {.launch = {.user = {.what = lists}, .listen = lists + count},
                              .what = lists,
                              .listen = lists + count};
    int status = parse_and_run(argc, argv, &options);
    free(lists);
    return status;
}
