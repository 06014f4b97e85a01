/* SPDX-License-Identifier: MIT */
/*
 * Messages to the system log. Not syslog(3): that opens its socket when it pleases, says nothing
 * when it cannot, and may wait for ever. Whoever could make it fail at will could bind without a
 * trace; here such a bind does not happen.
 */
#ifndef PRIVBIND_LOG_H
#define PRIVBIND_LOG_H

#include <stdbool.h>
#include <syslog.h>

/*
 * Makes the socket for the system log. Returns false if none could be had; a machine without a
 * system log is no failure.
 */
bool log_open(void);

/* That socket: one that this process has certainly made itself. */
int log_descriptor(void);

/*
 * Sends one line to the facility authpriv with a severity of syslog(3). Returns false if there is a
 * system log but it did not take the line within a second. Lines longer than 1023 bytes are cut.
 */
__attribute__((format(printf, 2, 3))) bool log_line(int severity, const char *format, ...);

#endif
