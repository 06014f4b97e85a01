/* SPDX-License-Identifier: MIT */
/*
 * Who executed this process, by ids. In a user namespace the kernel shows every id that is not
 * mapped there as the same one, the overflow id (user_namespaces(7), "Unmapped user and group
 * IDs"): whoever has it may be anybody, so it is nobody's.
 */
#ifndef PRIVBIND_IDS_H
#define PRIVBIND_IDS_H

#include <stdbool.h>

#include "policy/identity.h"

/*
 * Fills in who this process is by its real ids: those of whoever executed it. An effective id may
 * be somebody else's, that of the owner of a setuid program that has the library loaded. The groups
 * are fetched when they are first needed. May be called only once per process; returns false if the
 * kernel did not say which user.
 */
bool ids_of_caller(struct identity *identity);

/*
 * Whether an id that the kernel shows is exactly one user's, or one group's: not the overflow id,
 * or this namespace maps all ids. Where /proc does not tell, 65534 is the overflow id.
 */
bool ids_are_known(enum identity_kind kind, unsigned long id);

#endif
