/* SPDX-License-Identifier: MIT */
/*
 * A second reading of privbind.conf(5), deliberately naive: C strings and arrays, addresses as
 * texts of 0 and 1. It shares no code with the helper, only the manual.
 */
#ifndef PRIVBIND_NAIVE_H
#define PRIVBIND_NAIVE_H

#include <stdbool.h>
#include <stddef.h>

#define NAIVE_BITS_MAX 129u /* an IPv6 address as text, and a NUL */

struct naive_text {
    const char *at;
    size_t length;
};

struct naive_question {
    unsigned long uid;
    const unsigned long *gids;
    size_t gid_count;
    const char *protocol; /* "tcp" */
    const char *address;  /* as people write it */
    unsigned long port;
    bool names_unreadable; /* passwd and group exist, but cannot be read */
    struct naive_text passwd, group;
};

struct naive_answer {
    enum { NAIVE_ALLOW, NAIVE_DENY, NAIVE_NO_MATCH, NAIVE_INVALID } verdict;
    size_t line; /* of the rule or the first error, from 1; 0 with no match */
};

struct naive_answer naive_decide(struct naive_text policy, const struct naive_question *question);

/* Reads an address into 32 or 128 characters, a v4-mapped one into 32. */
bool naive_address(const char *text, char bits[NAIVE_BITS_MAX]);

/* Reads a decimal number up to most. Returns false for anything else. */
bool naive_number(const char *text, unsigned long most, unsigned long *number);

/* Whether the first entry of that name in passwd(5) or group(5) has that id. */
bool naive_has_id(struct naive_text file, const char *name, unsigned long id);

#endif
