/* SPDX-License-Identifier: MIT */
/* The policy: who may bind what, decided by the rules of privbind.conf(5). Pure. */
#ifndef PRIVBIND_POLICY_H
#define PRIVBIND_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "policy/address.h"
#include "policy/identity.h"
#include "policy/rule.h"
#include "policy/span.h"

struct policy_question {
    struct identity *who;
    unsigned protocol; /* exactly one PROTOCOL_ bit */
    struct ip_address address;
    uint16_t port; /* host byte order */
};

enum policy_verdict {
    POLICY_ALLOW,    /* by a rule */
    POLICY_DENY,     /* by a rule */
    POLICY_NO_MATCH, /* no rule matches: denied */
    POLICY_INVALID,  /* the text has an error, or names could not be looked up: denied */
};

struct policy_decision {
    enum policy_verdict verdict;
    size_t line;            /* of the rule or the error, counted from 1; 0 with no match */
    char error[REASON_MAX]; /* with POLICY_INVALID: the first error */
};

/*
 * Decides by the first rule that matches. The whole text is read all the same, since one error
 * anywhere denies everything.
 */
struct policy_decision policy_decide(struct span text, const struct policy_question *question);

/*
 * Whether there is a bind that the text allows to who: POLICY_ALLOW by the first rule that allows
 * them anything, unless one above it denies them everything.
 */
struct policy_decision policy_may_allow(struct span text, struct identity *who);

/*
 * For when no rule matches: finds the first rule that allows who that port, but lacks either the
 * protocol or the address. Returns its line, or 0 if there is none.
 */
size_t policy_nearest(struct span text, const struct policy_question *question, struct rule *rule);

/* Whether a rule is about who. */
enum identity_match policy_who_matches(const struct rule *rule, struct identity *who);

/* Whether a rule is about an address; a wildcard is a special case. */
bool policy_addresses_match(const struct rule *rule, const struct ip_address *address);

#endif
