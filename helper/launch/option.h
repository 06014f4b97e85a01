/* SPDX-License-Identifier: MIT */
/* The policy that the options -a of "privbind -u" make. Pure. */
#ifndef PRIVBIND_OPTION_H
#define PRIVBIND_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/format.h"
#include "policy/span.h"

/*
 * Makes a policy from the arguments of -a, [protocols] ports [on addresses]: one line for each, in
 * memory that the caller frees; without arguments, none (at is NULL).
 *
 * error     on failure what is wrong, as one line that begins with "-a"
 * Returns false if an argument is not of that form.
 */
bool option_make_rules(const char *const *what, size_t count, struct span *rules,
                       char error[REASON_MAX]);

#endif
