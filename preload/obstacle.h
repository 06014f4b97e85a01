/* SPDX-License-Identifier: MIT */
/*
 * What makes asking a helper useless or harmful, looked for before a signal is blocked or a process
 * is made. It opens nothing, and changes nothing.
 */
#ifndef PRIVBIND_OBSTACLE_H
#define PRIVBIND_OBSTACLE_H

#include "delegation.h"

/* A reason for delegation_failed(). */
struct obstacle {
    const char *what, *fix;
};

/* Returns NULL if nothing is in the way. */
const struct obstacle *obstacle_find(const struct settings *settings);

/* Signals cannot be blocked. */
extern const struct obstacle obstacle_signals;

#endif
