/* SPDX-License-Identifier: MIT */
/* Who asks, and what the policy in force answers, in words that a person can act on. */
#ifndef PRIVBIND_RULING_H
#define PRIVBIND_RULING_H

#include <stdbool.h>

#include "policy/identity.h"
#include "policy/policy.h"
#include "policy/span.h"

#define RULING_WHO_MAX 96u

/* The start of the rule that "privbind -a WHAT" makes of WHAT. */
#define RULING_OF_OPTION "allow anyone "

/*
 * What to say in a user namespace that knows no root, so that no policy can be trusted; or when
 * bind(2) says EACCES although the capability is effective (user_namespaces(7)).
 */
extern const char ruling_foreign_reason[];

struct subject {
    struct identity identity; /* whom the policy judges */
    char who[RULING_WHO_MAX]; /* the same in words: "user alice (uid 1001)", or "uid 1001" */
    struct span rules;        /* lines RULING_OF_OPTION WHAT; none (at is NULL): the policy file */
    bool has_end;             /* end is a descriptor: readable once nothing may be bound any more */
    int end;
    /* The subject may be in a sandbox that this process, which serves it, is not in. */
    bool may_be_sandboxed;
    struct span policy; /* the policy file's text, if refresh() keeps it */
    /* Called before each decision, so that what is kept is what the files say; NULL: nothing is
       kept. */
    void (*refresh)(struct subject *subject);
};

/*
 * Puts the uid into words, and the user's name, if passwd has one. Reading passwd costs as much as
 * a decision: without may_read, the name is left out if passwd has not been read.
 */
void ruling_name_subject(struct subject *subject, bool may_read);

/*
 * Decides by this policy, without reading any. The question's who is ignored.
 *
 * policy    the rules of the subject, if it has some; else the text of a policy file; none (at is
 *           NULL): there is no such file
 * path      of that file, for the text
 * text      on success which rule allows it: "/etc/privbind.conf:3"; else why not, and the fix
 * Returns whether it is allowed.
 */
bool ruling_of(struct subject *subject, const struct policy_question *question, struct span policy,
               const char *path, char text[REASON_MAX]);

/*
 * The same by the rules of the subject or else by the policy file, which is read each time.
 */
bool ruling_allows(struct subject *subject, const struct policy_question *question,
                   char text[REASON_MAX]);

/*
 * Whether there is a bind that the policy file, as it stands now, allows the subject. text is set
 * only if not: why, and the fix.
 */
bool ruling_can_allow(struct subject *subject, char text[REASON_MAX]);

#endif
