/* SPDX-License-Identifier: MIT */
/* For the doctor: who has the port already. proc(5): /proc/net/tcp and the like, /proc/PID/fd. */
#ifndef PRIVBIND_CHECK_HOLDER_H
#define PRIVBIND_CHECK_HOLDER_H

#include "launch/target.h"

/* Reports who has the port, as far as this user may see. */
void check_holder(const struct target *target);

#endif
