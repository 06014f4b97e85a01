/* The doctor: "privbind --check". */
#ifndef PRIVBIND_CHECK_H
#define PRIVBIND_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/target.h"

struct check {
    const char *const *specs; /* targets, as services_target() reads them */
    size_t count;
    bool as_json;
};

/* Reads the targets. Returns memory that the caller frees; NULL, with a message, if one is none. */
struct target *check_targets(const struct check *check);

/*
 * Tries to bind them as a program of the calling user would, and prints a verdict for each, and
 * what is on the way: "ok", "note", or "FAIL" with what mends it. Returns the exit status: 0 if
 * every bind worked, 1 if not.
 */
int check_run(const struct check *check, const struct target *targets);

#endif
