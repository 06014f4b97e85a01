/* SPDX-License-Identifier: MIT */
/* What the launcher and the doctor ask about privileges; nothing here holds one. */
#ifndef PRIVBIND_PRIVILEGE_H
#define PRIVBIND_PRIVILEGE_H

#include <stdbool.h>

/*
 * Whether a program without file capabilities that this process executes can bind by itself: root
 * gets what the bounding set has, and the ambient set stays (capabilities(7), "Transformation of
 * capabilities during execve()").
 */
bool capability_comes_with_execve(void);

/*
 * Whether the network that this process is in belongs to a user namespace in which its capability
 * does not count: neither its own nor one below. False also where /proc does not tell.
 */
bool capability_is_foreign(void);

#endif
