#include "policy/ruling.h"

#include <errno.h>
#include <string.h>

#include "policy/file.h"
#include "policy/format.h"

void ruling_name_subject(struct subject *subject)
{
    unsigned long uid = subject->identity.uid;
    struct span name = identity_user_name(&subject->identity);
    if (name.length > 0)
        format_text(subject->who, sizeof subject->who, "user %.*s (uid %lu)",
                    name.length < 64 ? (int)name.length : 64, name.at, uid);
    else
        format_text(subject->who, sizeof subject->who, "uid %lu", uid);
}

void ruling_forget_names(struct subject *subject)
{
    struct identity *who = &subject->identity;
    struct id_file *const files[] = {&who->group, &who->passwd};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i]->loaded)
            file_free(files[i]->text);
        *files[i] = (struct id_file){0};
    }
    who->own_users = who->own_groups = (struct span){NULL, 0};
}

/* Refuses with the rule that would allow it. */
static bool refuse_without_rule(struct subject *subject, const struct policy_question *question,
                                const char *problem, char text[REASON_MAX])
{
    if (!identity_is_known(&subject->identity))
        return reason_set(text,
                          "no rule can mean %s, which stands for every user that is not mapped in "
                          "this user namespace; map all ids, or run it as another user",
                          subject->who);
    char id[24];
    const char *protocol = protocol_by_bit(question->protocol)->name;
    const unsigned port = question->port;
    if (subject->rules.at != NULL)
        return reason_set(text, "%s %s; add to the options of privbind: -a '%s %u'", problem,
                          subject->who, protocol, port);

    struct span name = identity_user_name(&subject->identity);
    /* The line must be right as it stands: passwd may hold names that are numbers, or worse. */
    if (!rule_is_name(name)) {
        format_text(id, sizeof id, "%lu", (unsigned long)subject->identity.uid);
        name = (struct span){id, strlen(id)};
    }
    return reason_set(text, "%s %s; add to %s: allow user %.*s %s %u", problem, subject->who,
                      PRIVBIND_CONF, (int)name.length, name.at, protocol, port);
}

/* A file that does not exist is one without a rule. */
static bool read_policy(struct span *policy, char text[REASON_MAX])
{
    char error[REASON_MAX];
    if (file_read_trusted(PRIVBIND_CONF, policy, error))
        return true;
    if (errno == ENOENT) {
        *policy = (struct span){NULL, 0};
        return true;
    }
    return reason_set(text, "%s %s", PRIVBIND_CONF, error);
}

static void name_rule(const struct subject *subject, size_t line, char text[REASON_MAX])
{
    struct span rest = subject->rules, rule = {0};
    if (rest.at == NULL) {
        format_text(text, REASON_MAX, "%s:%zu", PRIVBIND_CONF, line);
        return;
    }
    while (line-- > 0)
        rule = span_cut(&rest, '\n');
    const size_t prefix = strlen(RULING_OF_OPTION), length = rule.length - prefix;
    format_text(text, REASON_MAX, "privbind -a '%.*s'", length < 200 ? (int)length : 200,
                rule.at + prefix);
}

static bool decide(struct subject *subject, const struct policy_question *question,
                   struct span policy, char text[REASON_MAX])
{
    const struct policy_decision decision = policy_decide(policy, question);
    switch (decision.verdict) {
    case POLICY_ALLOW:
        name_rule(subject, decision.line, text);
        return true;
    case POLICY_DENY:
        return reason_set(text, "%s:%zu denies it to %s; put a rule that allows it above that line",
                          PRIVBIND_CONF, decision.line, subject->who);
    case POLICY_INVALID:
        return reason_set(text, "%s:%zu: %s", PRIVBIND_CONF, decision.line, decision.error);
    case POLICY_NO_MATCH:
        break;
    }
    return refuse_without_rule(
        subject, question,
        policy.at == NULL ? "there is no " PRIVBIND_CONF " that allows" : "no rule allows", text);
}

bool ruling_allows(struct subject *subject, const struct policy_question *question,
                   char text[REASON_MAX])
{
    struct policy_question asked = *question;
    struct span policy = subject->rules;
    asked.who = &subject->identity;
    if (policy.at != NULL)
        return decide(subject, &asked, policy, text);
    if (!read_policy(&policy, text))
        return false;
    bool allowed = decide(subject, &asked, policy, text);
    file_free(policy);
    return allowed;
}

bool ruling_can_allow(struct subject *subject, char text[REASON_MAX])
{
    /* What somebody starts who has no rule yet: the example of the manual. */
    static const struct policy_question example = {.protocol = PROTOCOL_TCP, .port = 80};
    struct span policy;
    if (!read_policy(&policy, text))
        return false;
    const struct policy_decision decision = policy_may_allow(policy, &subject->identity);
    file_free(policy);
    switch (decision.verdict) {
    case POLICY_ALLOW:
        return true;
    case POLICY_DENY:
        return reason_set(text,
                          "%s:%zu denies everything to %s; put a rule that allows it above that "
                          "line",
                          PRIVBIND_CONF, decision.line, subject->who);
    case POLICY_INVALID:
        return reason_set(text, "%s:%zu: %s", PRIVBIND_CONF, decision.line, decision.error);
    case POLICY_NO_MATCH:
        break;
    }
    return refuse_without_rule(subject, &example, "no rule allows anything to", text);
}
