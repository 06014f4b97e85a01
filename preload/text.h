/* SPDX-License-Identifier: MIT */
/* Building one line of text without libc. What does not fit is cut off. */
#ifndef PRIVBIND_TEXT_H
#define PRIVBIND_TEXT_H

#include <stddef.h>

struct text {
    char *at;        /* where the next character goes */
    const char *end; /* one past the last place */
};

/* These append; what does not fit before end is dropped, and no NUL is added. */
void text_string(struct text *text, const char *string);
void text_number(struct text *text, unsigned long number);

/*
 * An address as people write it, 127.0.0.1:80 or [::1]:80, the scope of a link-local one as a
 * number: [fe80::1%2]:80. address holds length bytes, 16 to 128, as bind(2) takes them. A family
 * other than AF_INET6 is taken for AF_INET, whose layout AF_UNSPEC shares.
 */
void text_address(struct text *text, const unsigned char *address, size_t length);

#endif
