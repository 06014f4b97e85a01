/* SPDX-License-Identifier: MIT */
/* What the doctor has found: collected first, then printed, the verdicts before everything else. */
#ifndef PRIVBIND_REPORT_H
#define PRIVBIND_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* What follows is about this target; NULL: about the machine. The string must stay valid. */
void report_about(const char *target);

/* Each adds a line: what it is about, and what was found. */
__attribute__((format(printf, 2, 3))) void report_ok(const char *point, const char *format, ...);
__attribute__((format(printf, 2, 3))) void report_note(const char *point, const char *format, ...);

/* Something that explains a failed bind; ends in what fixes it. */
__attribute__((format(printf, 2, 3))) void report_fail(const char *point, const char *format, ...);

/* Whether the target can be bound, and why. */
__attribute__((format(printf, 2, 3))) void report_verdict(bool works, const char *format, ...);

enum report_mark { REPORT_OK, REPORT_NOTE, REPORT_FAIL };

struct report_line {
    enum report_mark mark;
    bool is_verdict;
    const char *point, *target; /* target may be NULL */
    char *text;                 /* printable ASCII */
};

/*
 * Puts the lines in their order: verdicts, what is in the way, the rest. What failed but was in the
 * way of no target becomes a note; what another line says already is left out. No line may be added
 * after that.
 */
const struct report_line *report_in_order(size_t *count);

/* Prints the report, for a person or as JSON. Returns whether every target can be bound. */
bool report_print(bool as_json);

#endif
