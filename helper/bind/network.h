/* SPDX-License-Identifier: MIT */
/* Which network namespace a socket belongs to. */
#ifndef PRIVBIND_NETWORK_H
#define PRIVBIND_NETWORK_H

#include <stdbool.h>

/*
 * Whether a socket belongs to the network namespace that this process is in: policy, log, and the
 * sysctl of port.h apply to that namespace. Always true before Linux 5.14: older kernels do not
 * tell.
 */
bool network_is_own(int descriptor);

#endif
