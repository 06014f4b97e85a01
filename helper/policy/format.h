/* SPDX-License-Identifier: MIT */
/*
 * Text out of pieces. What snprintf(3) of libc brings along (floating point, stdio) would be a
 * quarter of a program that every delegated bind has to start.
 */
#ifndef PRIVBIND_FORMAT_H
#define PRIVBIND_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "protocol.h"

#define FORMAT_LINE_MAX 5120u /* a path and a message */

/*
 * Like snprintf(3), but knows only %s %.*s %d %u %x %% and the lengths l and z, and returns the
 * number of bytes written, the terminating NUL not counted: what does not fit is cut off. size is
 * not 0.
 */
__attribute__((format(printf, 3, 4))) size_t format_text(char *text, size_t size,
                                                         const char *format, ...);
__attribute__((format(printf, 3, 0))) size_t
format_text_list(char *text, size_t size, const char *format, va_list arguments);

/* Room for a reason, its terminating NUL included: why something is not so, and what fixes it. */
#define REASON_MAX PRIVBIND_REASON_MAX

/* Writes a reason. Returns false, as whoever gives a reason does. */
__attribute__((format(printf, 2, 3))) bool reason_set(char reason[REASON_MAX], const char *format,
                                                      ...);

/*
 * Makes text that others may have influenced safe to show as one line: nothing that a terminal
 * obeys, or that looks like another line. Printable ASCII stays, every other byte becomes "?": the
 * bytes 0x80 to 0x9f are control characters to some terminals, by themselves or as UTF-8.
 */
void format_clean(char *line);

/*
 * Writes one line, cleaned, to a descriptor: at most FORMAT_LINE_MAX bytes. The format ends with a
 * newline, and so does the line even if it is cut. If that fails, nobody can be told.
 */
__attribute__((format(printf, 2, 3))) void format_write(int descriptor, const char *format, ...);

#endif
