/* SPDX-License-Identifier: MIT */
/* What the tests of a launcher that stands for a supervised command share. */
#ifndef PRIVBIND_SYSTEM_LAUNCHED_H
#define PRIVBIND_SYSTEM_LAUNCHED_H

#include "system.h"

#include "proxy.h"

/* The launcher and the host program under test. */
extern struct proxy_run host;

/* Starts a scenario that says that it is ready, and waits for that. */
void start(const char *scenario);

/* Reads one line and asserts what it is; a signal's says its number and the value 0. */
void assert_line(const char *expected);
void assert_signal(int number);

#endif
