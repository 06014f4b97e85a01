#include "doctor/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "policy/format.h"

static void report(const char *mark, const char *point, const char *format, va_list arguments)
{
    char text[8192];
    vsnprintf(text, sizeof text, format, arguments);
    format_clean(text);
    printf("%-4s  %s: %s\n", mark, point, text);
}

void report_ok(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report("ok", point, format, arguments);
    va_end(arguments);
}

void report_note(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report("note", point, format, arguments);
    va_end(arguments);
}

void report_fail(const char *point, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report("FAIL", point, format, arguments);
    va_end(arguments);
}
