/* SPDX-License-Identifier: MIT */
#include "doctor/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/format.h"

static struct report_line *lines;
static size_t line_count;
static const char *current_target;

void report_about(const char *target)
{
    current_target = target;
}

static void add(struct report_line line, const char *format, va_list arguments)
{
    struct report_line *more = realloc(lines, (line_count + 1) * sizeof *lines);
    if (more == NULL || vasprintf(&line.text, format, arguments) < 0)
        abort(); /* a report with a hole would mislead */
    format_clean(line.text);
    line.target = current_target;
    lines = more;
    lines[line_count++] = line;
}

void report_ok(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add((struct report_line){.mark = REPORT_OK, .point = point}, format, arguments);
    va_end(arguments);
}

void report_note(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add((struct report_line){.mark = REPORT_NOTE, .point = point}, format, arguments);
    va_end(arguments);
}

void report_fail(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add((struct report_line){.mark = REPORT_FAIL, .point = point}, format, arguments);
    va_end(arguments);
}

void report_verdict(bool works, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add((struct report_line){.mark = works ? REPORT_OK : REPORT_FAIL,
                             .is_verdict = true,
                             .point = "bind"},
        format, arguments);
    va_end(arguments);
}

static bool same_target(const struct report_line *left, const struct report_line *right)
{
    return left->target == right->target || (left->target != NULL && right->target != NULL &&
                                             strcmp(left->target, right->target) == 0);
}

static bool is_in_the_way(const struct report_line *line)
{
    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].is_verdict && lines[i].mark == REPORT_FAIL &&
            (line->target == NULL || same_target(line, &lines[i])))
            return true;
    }
    return false;
}

/* A verdict gives the helper's reason, which the doctor may have found by itself. */
static bool is_said(const struct report_line *said, const struct report_line *line)
{
    if (said->is_verdict && !line->is_verdict && same_target(said, line) &&
        strstr(said->text, line->text) != NULL)
        return true;
    return same_target(said, line) && strcmp(said->point, line->point) == 0 &&
           strcmp(said->text, line->text) == 0;
}

static int place(const struct report_line *line)
{
    return line->is_verdict ? 0 : line->mark == REPORT_FAIL ? 1 : 2;
}

const struct report_line *report_in_order(size_t *count)
{
    struct report_line *ordered = calloc(line_count + 1, sizeof *ordered);
    *count = 0;
    if (ordered == NULL)
        abort();
    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].mark == REPORT_FAIL && !lines[i].is_verdict && !is_in_the_way(&lines[i]))
            lines[i].mark = REPORT_NOTE;
    }
    for (int at = 0; at <= 2; at++) {
        for (size_t i = 0; i < line_count; i++) {
            bool is_new = place(&lines[i]) == at;
            for (size_t j = 0; j < *count && is_new; j++)
                is_new = !is_said(&ordered[j], &lines[i]);
            if (is_new)
                ordered[(*count)++] = lines[i];
        }
    }
    return ordered;
}
