/* SPDX-License-Identifier: MIT */
#include "policy/format.h"

#include <stdbool.h>
#include <unistd.h>

struct output {
    char *at;
    const char *end;
};

static void put(struct output *output, char character)
{
    if (output->at < output->end)
        *output->at++ = character;
}

static void put_string(struct output *output, const char *string, int length_max)
{
    for (int i = 0; i != length_max && string[i] != '\0'; i++)
        put(output, string[i]);
}

static void put_number(struct output *output, unsigned long number, unsigned base)
{
    char digits[3 * sizeof number];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    while (count > 0)
        put(output, digits[--count]);
}

static void put_signed(struct output *output, long number)
{
    if (number < 0)
        put(output, '-');
    put_number(output, number < 0 ? 0 - (unsigned long)number : (unsigned long)number, 10);
}

/* One conversion; format points past its %. Returns where the format goes on. */
static const char *convert(struct output *output, const char *format, va_list *arguments)
{
    int length_max = -1;
    if (format[0] == '.' && format[1] == '*') {
        length_max = va_arg(*arguments, int);
        format += 2;
    }
    const bool is_long = *format == 'l' || *format == 'z';
    if (is_long)
        format++;
    switch (*format) {
    case 's':
        put_string(output, va_arg(*arguments, const char *), length_max);
        break;
    case 'd':
        put_signed(output, is_long ? va_arg(*arguments, long) : va_arg(*arguments, int));
        break;
    case 'u':
    case 'x':
        put_number(output,
                   is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned),
                   *format == 'u' ? 10 : 16);
        break;
    case '%':
        put(output, '%');
        break;
    default: /* no other is used, and what an unknown one would take is not known */
        __builtin_trap();
    }
    return format + 1;
}

size_t format_text_list(char *text, size_t size, const char *format, va_list arguments)
{
    struct output output = {text, text + size - 1};
    va_list rest;
    va_copy(rest, arguments);
    while (*format != '\0') {
        if (*format == '%')
            format = convert(&output, format + 1, &rest);
        else
            put(&output, *format++);
    }
    va_end(rest);
    *output.at = '\0';
    return (size_t)(output.at - text);
}

size_t format_text(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t length = format_text_list(text, size, format, arguments);
    va_end(arguments);
    return length;
}

bool reason_set(char reason[REASON_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_text_list(reason, REASON_MAX, format, arguments);
    va_end(arguments);
    return false;
}

void format_clean(char *line)
{
    for (; *line != '\0'; line++) {
        if (*line < ' ' || *line > '~')
            *line = '?';
    }
}

void format_write(int descriptor, const char *format, ...)
{
    char line[FORMAT_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    const size_t size = format_text_list(line, sizeof line, format, arguments);
    va_end(arguments);
    format_clean(line);
    line[size - 1] = '\n';
    if (write(descriptor, line, size) < 0)
        return;
}
