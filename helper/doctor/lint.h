/* SPDX-License-Identifier: MIT */
/* What there is to say of a policy's text, for whoever writes it. Pure. */
#ifndef PRIVBIND_LINT_H
#define PRIVBIND_LINT_H

#include <stddef.h>

#include "policy/identity.h"
#include "policy/span.h"

/* Who hears of errors, of names that nobody has, and of rules that can never match. */
struct lint_reader {
    void (*error)(void *context, size_t line, const char *message);
    void (*note)(void *context, size_t line, const char *message);
    void *context;
};

/* Reports all of it in the order of lines. Returns how many errors there are. */
size_t lint_policy(struct span text, const struct id_names *known,
                   const struct lint_reader *reader);

#endif
