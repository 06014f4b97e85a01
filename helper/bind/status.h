/* SPDX-License-Identifier: MIT */
/* What /proc says of a process. */
#ifndef PRIVBIND_STATUS_H
#define PRIVBIND_STATUS_H

/*
 * A number from /proc/PID/status (proc(5)). field is its name with the colon. Returns 0 if there is
 * none, or the file cannot be opened, with errno of open(2).
 */
unsigned long process_status_number(const char *path, const char *field);

#endif
