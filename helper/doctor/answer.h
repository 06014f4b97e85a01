/* SPDX-License-Identifier: MIT */
/* "privbind --policy": what the policy says, without privilege and without binding. */
#ifndef PRIVBIND_ANSWER_H
#define PRIVBIND_ANSWER_H

#include <stddef.h>

#include "launch/target.h"

struct answer {
    const char *user;         /* USER[:GROUP]; NULL: the caller */
    const char *file;         /* a draft, judged by what it says only; NULL: the file in force */
    const char *const *specs; /* targets as they were written */
    size_t count;
};

/*
 * Says for each target whether the user may bind it, and by which line; or, without targets, which
 * rules are about the user, and what is noteworthy in the file. Every error of the file is printed.
 * Returns the exit status: 0; 1 if a target is denied, or the file has errors or cannot be read;
 * EXIT_WRONG for a wrong argument.
 */
int answer_policy(const struct answer *answer, const struct target *targets);

#endif
