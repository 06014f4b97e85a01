/* The doctor's lines: one a point. */
#ifndef PRIVBIND_REPORT_H
#define PRIVBIND_REPORT_H

/* Each prints one line on stdout: what it is about, and what was found. */
__attribute__((format(printf, 2, 3))) void report_ok(const char *point, const char *format, ...);
__attribute__((format(printf, 2, 3))) void report_note(const char *point, const char *format, ...);

/* In the way of the bind; ends in what mends it. */
__attribute__((format(printf, 2, 3))) void report_fail(const char *point, const char *format, ...);

#endif
