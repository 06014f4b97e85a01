/* SPDX-License-Identifier: MIT */
/* What the tests of supervision share. */
#ifndef PRIVBIND_SYSTEM_SUPERVISE_H
#define PRIVBIND_SYSTEM_SUPERVISE_H

#include "system.h"

#define STATIC_HOST SANDBOX_DIR "/host-static"

/* Runs a scenario of the static host program below privbind, as an ordinary user does. */
const struct run_result *supervised(const char *scenario);

#endif
