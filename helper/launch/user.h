/* SPDX-License-Identifier: MIT */
/* "privbind -u USER": from root to the command's user. */
#ifndef PRIVBIND_USER_H
#define PRIVBIND_USER_H

#include <stdbool.h>
#include <stddef.h>

struct user_options {
    const char *name;        /* USER[:GROUP] with -u, else NULL */
    const char *const *what; /* each -a */
    size_t what_count;
    bool no_new_privs;
};

/*
 * Becomes that user, alongside whatever binds for the command: a resident helper or, with
 * supervised, a supervisor, of which this process becomes the child. Sets the environment for it.
 * Returns EXIT_SUCCESS, ready for execve(2), or an exit status, with what failed on stderr.
 */
int user_become(const struct user_options *user, bool supervised);

#endif
