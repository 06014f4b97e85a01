/* SPDX-License-Identifier: MIT */
#include "doctor/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/answer.h"
#include "doctor/check.h"
#include "doctor/services.h"
#include "launch/message.h"
#include "launch/user.h"
#include "resident/server.h"

enum { OPTION_FILE = 256, OPTION_JSON, OPTION_NO_NEW_PRIVS };

static const struct option long_options[] = {
    {"user", required_argument, NULL, 'u'},
    {"allow", required_argument, NULL, 'a'},
    {"no-new-privs", no_argument, NULL, OPTION_NO_NEW_PRIVS},
    {"file", required_argument, NULL, OPTION_FILE},
    {"json", no_argument, NULL, OPTION_JSON},
    {NULL, 0, NULL, 0},
};

struct options {
    const char *mode; /* the option that the rest is for */
    const char *file;
    bool json;
    const char **specs;
    size_t count;
};

int options_wrong(const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    launch_failed("%s", text);
    return EXIT_WRONG;
}

/* A word that is no option is a target, wherever it stands. Returns EXIT_SUCCESS or EXIT_WRONG. */
static int read_options(int argc, char *argv[], struct options *options, struct launch *launch,
                        const char **what)
{
    for (;;) {
        const int option = getopt_long(argc, argv, "+:u:a:", long_options, NULL);
        switch (option) {
        case -1:
            if (optind >= argc)
                return EXIT_SUCCESS;
            options->specs[options->count++] = argv[optind++];
            break;
        case 'u':
            launch->user.name = optarg;
            break;
        case 'a':
            what[launch->user.what_count++] = optarg;
            break;
        case OPTION_NO_NEW_PRIVS:
            launch->user.no_new_privs = true;
            break;
        case OPTION_FILE:
            options->file = optarg;
            break;
        case OPTION_JSON:
            options->json = true;
            break;
        default:
            return options_wrong(option == ':'
                                     ? "%s: %s needs an argument; see privbind -h"
                                     : "%s: '%s' is not one of its options; see privbind -h",
                                 options->mode, argv[optind <= argc ? optind - 1 : argc - 1]);
        }
    }
}

static int run_policy(const struct options *options, const struct launch *launch,
                      const struct target *targets)
{
    if (launch->user.what_count > 0 || launch->user.no_new_privs || launch->listen_count > 0 ||
        options->json)
        return options_wrong("--policy takes -u USER and --file FILE only; see privbind -h");
    const struct answer answer = {launch->user.name, options->file, options->specs, options->count};
    return answer_policy(&answer, targets);
}

static int run_check(const struct options *options, const struct launch *launch,
                     const struct target *targets)
{
    int status = EXIT_SUCCESS;
    if (launch->listen_count > 0)
        return options_wrong("--listen needs a command, and --check takes none; see privbind -h");
    if (options->count == 0)
        return options_wrong("--check needs a target, such as 80 or 53/udp; see privbind -h");
    if (options->file != NULL)
        return options_wrong("--file is for --policy; see privbind -h");
    if (launch->user.name == NULL && (launch->user.what_count > 0 || launch->user.no_new_privs))
        return options_wrong("-a and --no-new-privs need -u USER; see privbind -h");
    const struct check check = {options->specs, options->count, options->json};
    if (launch->user.name != NULL)
        status = user_become(&launch->user, false);
    if (status == EXIT_SUCCESS)
        status = check_run(&check, targets);
    server_stop();
    return status;
}

static int read_targets(const struct options *options, struct target *targets)
{
    char error[REASON_MAX];
    for (size_t i = 0; i < options->count; i++) {
        if (!services_target(options->specs[i], &targets[i], error))
            return options_wrong("%s %s: %s", options->mode, options->specs[i], error);
    }
    return EXIT_SUCCESS;
}

int options_run(int argc, char *argv[], bool is_policy, struct launch *launch, const char **what)
{
    struct options options = {.mode = is_policy ? "--policy" : "--check"};
    options.specs = calloc((size_t)argc + 1, sizeof *options.specs);
    struct target *targets = calloc((size_t)argc + 1, sizeof *targets);
    int status = EXIT_FAILURE;
    if (options.specs == NULL || targets == NULL)
        launch_failed("no memory for the options");
    else if ((status = read_options(argc, argv, &options, launch, what)) == EXIT_SUCCESS &&
             (status = read_targets(&options, targets)) == EXIT_SUCCESS)
        status = is_policy ? run_policy(&options, launch, targets)
                           : run_check(&options, launch, targets);
    free(options.specs);
    free(targets);
    return status;
}
