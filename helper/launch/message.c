/* SPDX-License-Identifier: MIT */
#include "launch/message.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/format.h"

static void say(const char *format, va_list arguments)
{
    char line[PATH_MAX + 1024];
    vsnprintf(line, sizeof line, format, arguments);
    format_clean(line);
    fprintf(stderr, "privbind: %s\n", line);
}

void launch_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int launch_failed(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return EXIT_OWN_FAILURE;
}

int launch_flush(int status)
{
    if (fflush(stdout) != 0)
        return launch_failed("cannot write: %s", strerror(errno));
    if (ferror(stdout)) /* from an earlier line; its errno is gone */
        return launch_failed("cannot write all of the output");
    return status;
}

bool launch_is_on(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && strcmp(value, "1") == 0;
}
