/* SPDX-License-Identifier: MIT */
/* What the tests of privbind --check share. */
#ifndef PRIVBIND_SYSTEM_DOCTOR_H
#define PRIVBIND_SYSTEM_DOCTOR_H

#include "system.h"

/* Runs privbind --check: of what, of 80/tcp with an environment, or after a step of the target's.
 */
const struct run_result *check(const char *what);
const struct run_result *check_80_with(const char *const *variables);
const struct run_result *check_80_after(void (*as_target)(void));

/* Asserts that the bind did or did not work, and that a line of what was printed holds line. */
void assert_failed(const struct run_result *result, const char *line);
void assert_worked(const struct run_result *result, const char *line);

#endif
