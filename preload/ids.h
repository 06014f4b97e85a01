/* SPDX-License-Identifier: MIT */
/*
 * Whom an id belongs to. In a user namespace the kernel shows every id that is not mapped there as
 * the same one, the overflow id (user_namespaces(7)): whoever has it may be anybody. For the
 * broker: raw system calls only, and it opens files.
 */
#ifndef PRIVBIND_IDS_IN_LIBRARY_H
#define PRIVBIND_IDS_IN_LIBRARY_H

#include <stdbool.h>

/*
 * Whether uid is exactly one user's: not the overflow id, or this namespace maps all ids. Where
 * /proc does not tell, 65534 is the overflow id, and not all are mapped.
 */
bool uid_is_known(unsigned uid);

#endif
