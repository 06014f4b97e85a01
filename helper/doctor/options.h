/* SPDX-License-Identifier: MIT */
/* The doctor's part of the command line: "privbind --check" and "privbind --policy". */
#ifndef PRIVBIND_OPTIONS_H
#define PRIVBIND_OPTIONS_H

#include <stdbool.h>

#include "launch/launch.h"

#define EXIT_WRONG 2 /* of --check and --policy, for wrong arguments */

/* Says on stderr what is wrong with the arguments. Returns EXIT_WRONG. */
__attribute__((format(printf, 1, 2))) int options_wrong(const char *format, ...);

/*
 * Reads what getopt(3) has left of the arguments, options and targets in any order, and does what
 * they ask.
 *
 * is_policy  whether --policy or --check was the option that led here
 * launch     what was read before that
 * what       has room for every -a; launch->user.what points to it, too
 * Returns the exit status.
 */
int options_run(int argc, char *argv[], bool is_policy, struct launch *launch, const char **what);

#endif
