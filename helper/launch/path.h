/* SPDX-License-Identifier: MIT */
/* Where a command is found, as execvp(3) finds it. */
#ifndef PRIVBIND_PATH_H
#define PRIVBIND_PATH_H

#include <stdbool.h>

#include "launch/program.h"

/*
 * Finds the first regular file in PATH that this user may execute. Returns false if there is none.
 *
 * word    without a slash
 * file    its name, if there is one
 */
bool path_find(const char *word, char file[PROGRAM_PATH_MAX]);

/*
 * Executes a command, found through PATH. Returns only on failure, with errno of execve(2): EACCES
 * if what was found in PATH may not be executed. A script without a first line such as "#!/bin/sh"
 * fails with ENOEXEC, whatever libc this was built with: some libcs' execvp(3) gives it to a shell.
 *
 * words    NULL-terminated; at least one
 */
void path_execute(char *const words[]);

#endif
