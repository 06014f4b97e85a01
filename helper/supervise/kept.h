/* SPDX-License-Identifier: MIT */
/*
 * Policy, passwd and group for a process that serves for long: read again only when they have
 * changed, which statx(2) tells for less than reading costs.
 */
#ifndef PRIVBIND_KEPT_H
#define PRIVBIND_KEPT_H

#include "policy/ruling.h"

/* Brings up to date what the subject is judged by. To be called before each decision. */
void kept_refresh(struct subject *subject);

#endif
