/* SPDX-License-Identifier: MIT */
/* What the launcher itself has to say, and its own exit statuses. */
#ifndef PRIVBIND_MESSAGE_H
#define PRIVBIND_MESSAGE_H

#include <stdbool.h>

/* The same as those of env(1), nohup(1) and timeout(1). */
enum {
    EXIT_OWN_FAILURE = 125,
    EXIT_CANNOT_EXECUTE = 126,
    EXIT_NOT_FOUND = 127,
};

/* Says something on stderr, as "privbind: ...". */
__attribute__((format(printf, 1, 2))) void launch_say(const char *format, ...);

/* Says on stderr what failed, likewise. Returns EXIT_OWN_FAILURE. */
__attribute__((format(printf, 1, 2))) int launch_failed(const char *format, ...);

/*
 * Writes out what stdout still holds (fflush(3)). Returns status, or says what has failed and
 * returns EXIT_OWN_FAILURE.
 */
int launch_flush(int status);

/* Whether a variable of the environment is 1: PRIVBIND_DEBUG, PRIVBIND_QUIET. */
bool launch_is_on(const char *variable);

#endif
