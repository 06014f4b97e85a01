/* SPDX-License-Identifier: MIT */
/* A piece of somebody else's text: not NUL-terminated, never owned. */
#ifndef PRIVBIND_SPAN_H
#define PRIVBIND_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *at;
    size_t length;
};

static inline bool span_equal(struct span left, struct span right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.at, right.at, left.length) == 0);
}

static inline bool span_is(struct span span, const char *string)
{
    return span_equal(span, (struct span){string, strlen(string)});
}

/* For "%.*s" in a message: what is wrong may be long. */
#define SPAN_SHOWN(span) (int)((span).length < 40 ? (span).length : 40), (span).at

/* Cuts the text before the first delimiter off rest, and the delimiter with it. */
static inline struct span span_cut(struct span *rest, char delimiter)
{
    struct span head = *rest;
    const char *end = rest->length == 0 ? NULL : memchr(rest->at, delimiter, rest->length);
    if (end == NULL) {
        *rest = (struct span){rest->at + rest->length, 0};
        return head;
    }
    head.length = (size_t)(end - rest->at);
    *rest = (struct span){end + 1, rest->length - head.length - 1};
    return head;
}

/*
 * Reads a decimal number up to maximum. Returns false, and leaves *number alone, for anything but
 * digits and for a number above maximum.
 */
static inline bool span_number(struct span span, unsigned long maximum, unsigned long *number)
{
    unsigned long value = 0;
    for (size_t i = 0; i < span.length; i++) {
        if (span.at[i] < '0' || span.at[i] > '9')
            return false;
        unsigned long digit = (unsigned long)(span.at[i] - '0');
        if (value > (maximum - digit) / 10)
            return false;
        value = 10 * value + digit;
    }
    if (span.length == 0)
        return false;
    *number = value;
    return true;
}

static inline bool span_is_digits(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (span.at[i] < '0' || span.at[i] > '9')
            return false;
    }
    return span.length > 0;
}

#endif
