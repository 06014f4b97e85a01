/* SPDX-License-Identifier: MIT */
/* Why CAP_NET_BIND_SERVICE is missing, or does not count. */
#ifndef PRIVBIND_MISSING_H
#define PRIVBIND_MISSING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes why this process did not get the capability when it was executed, and what fixes it.
 * had_no_new_privs is what PR_GET_NO_NEW_PRIVS said before this process set it itself.
 */
void capability_explain_missing(bool had_no_new_privs, char *reason, size_t size);

/* Whether a file carries the capability as permitted; false too if that cannot be known. */
bool capability_of_file(const char *path);

/* Whether a file is on a mount where file capabilities count for nothing (mount(2), MS_NOSUID). */
bool capability_mount_is_nosuid(const char *path);

/* The pid of the process that traces this one, or 0. */
unsigned long capability_tracer(void);

#endif
