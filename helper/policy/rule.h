/* SPDX-License-Identifier: MIT */
/*
 * The grammar of privbind.conf(5): from lines of text to rules. Pure, and without memory of its
 * own: a rule is pieces of its line.
 */
#ifndef PRIVBIND_RULE_H
#define PRIVBIND_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/format.h"
#include "policy/protocols.h"
#include "policy/span.h"

#define RULE_LINE_MAX 4095u /* bytes in a line, its end not counted */

/*
 * Every item of every list has been checked, so whoever matches a rule can read the lists again:
 * the items need no storage, and no limit on their number.
 */
struct rule {
    bool allows;
    enum { WHO_USER, WHO_GROUP, WHO_ANYONE } kind;
    struct span who;       /* NAME-or-ID{,...}; empty with WHO_ANYONE */
    unsigned protocols;    /* PROTOCOL_ bits */
    struct span ports;     /* port or low-high{,...}; empty: every port */
    struct span addresses; /* address[/prefix]{,...}; empty: every address */
};

struct rule_cursor {
    struct span rest; /* text still to read */
    size_t line;      /* the line read last, counted from 1 */
};

enum rule_next {
    RULE_NEXT_RULE,  /* *rule is set */
    RULE_NEXT_ERROR, /* error is set; reading can go on */
    RULE_NEXT_END,
};

/* Reads lines up to the next one that holds a rule or an error. */
enum rule_next rule_next(struct rule_cursor *cursor, struct rule *rule, char error[REASON_MAX]);

struct port_range {
    unsigned long low, high; /* 1 to 65535, both included */
};

/* Reads one item of a list of ports. Returns false, with a message, if it is not one. */
bool rule_port_range(struct span text, struct port_range *range, char error[REASON_MAX]);

/* Whether this can be a name in a rule: passwd(5) may contain any name. */
bool rule_is_name(struct span text);

#endif
