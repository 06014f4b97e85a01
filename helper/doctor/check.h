/* SPDX-License-Identifier: MIT */
/* The doctor: "privbind --check". */
#ifndef PRIVBIND_CHECK_H
#define PRIVBIND_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/target.h"

struct check {
    const char *const *specs; /* targets as they were written */
    size_t count;
    bool as_json;
};

/*
 * Tries to bind the targets as a program of the calling user would, and prints a verdict for each,
 * and what is found on the way: "ok", "note", or "FAIL" with what fixes it. Returns the exit
 * status: 0 if every bind worked, 1 if not.
 */
int check_run(const struct check *check, const struct target *targets);

#endif
