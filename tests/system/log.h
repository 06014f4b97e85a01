/* SPDX-License-Identifier: MIT */
/* A system log of the sandbox's own. */
#ifndef PRIVBIND_SYSTEM_LOG_H
#define PRIVBIND_SYSTEM_LOG_H

#include <sys/types.h>

/* Puts a /dev with a /dev/log in the place of the machine's; returns the log's socket. */
int system_open_log(void);
void system_close_log(int log);

/* Fills the queue of a log that nobody reads. */
void system_fill_log(void);

/* The same log with a process that reads it and counts. */
struct system_log_reader {
    pid_t pid;
    int log, result;
};
struct system_log_count {
    unsigned grants;             /* entries that say "granted" */
    unsigned control_characters; /* in all entries */
};
struct system_log_reader system_read_log(void);
struct system_log_count system_stop_reading(struct system_log_reader reader);

#endif
