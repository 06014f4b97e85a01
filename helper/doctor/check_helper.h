/* SPDX-License-Identifier: MIT */
/* For the doctor: the helper, and what keeps the kernel from giving it its capability. */
#ifndef PRIVBIND_CHECK_HELPER_H
#define PRIVBIND_CHECK_HELPER_H

#include <stdint.h>

/*
 * Reports each point.
 * path      privbind-helper's
 * port      the one to bind, for the sysctl that can replace it
 */
void check_helper(const char *path, uint16_t port);

#endif
