/* SPDX-License-Identifier: MIT */
/* CAP_NET_BIND_SERVICE: having it, and nothing else. */
#ifndef PRIVBIND_CAPABILITY_H
#define PRIVBIND_CAPABILITY_H

#include <stdbool.h>

/*
 * Gives up for good every capability except, with keep, CAP_NET_BIND_SERVICE, which stays permitted
 * but not effective. The kernel is asked afterwards whether that is so. Returns false if it is not;
 * the caller may then only refuse, and not raise the capability. *kept tells whether the capability
 * was there to be kept.
 */
bool capability_drop_all_but(bool keep, bool *kept);

/* Makes the kept capability effective, or no longer so. Returns false if the kernel refuses. */
bool capability_set_effective(bool effective);

/* Whether it is effective now; also true if that cannot be known. */
bool capability_is_effective(void);

/* Whether this process has it, effective or not. */
bool capability_is_permitted(void);

#endif
