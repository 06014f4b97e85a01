/* SPDX-License-Identifier: MIT */
/* Writing to the host's standard error without doing harm. */
#ifndef PRIVBIND_STDERR_H
#define PRIVBIND_STDERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What descriptor 2 is. */
struct stderr_file {
    bool is_open;
    unsigned mode; /* its type, as in stat(2) */
    uint64_t device, inode;
};

struct stderr_file stderr_look(void);

/*
 * Writes a line of less than PIPE_BUF bytes, or does nothing if that could block or go astray.
 * at_start is what descriptor 2 was when the program started. To be called with all signals
 * blocked; none is pending afterwards that was not before.
 */
void stderr_write(const struct stderr_file *at_start, const char *line, size_t length);

#endif
