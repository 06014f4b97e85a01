/* SPDX-License-Identifier: MIT */
#include "policy/ruling.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/file.h"
#include "policy/format.h"

void ruling_name_subject(struct subject *subject, bool may_read)
{
    unsigned long uid = subject->identity.uid;
    struct span name = {"", 0};
    if (may_read || subject->identity.passwd.loaded)
        name = identity_user_name(&subject->identity);
    if (name.length > 0)
        format_text(subject->who, sizeof subject->who, "user %.*s (uid %lu)",
                    name.length < 64 ? (int)name.length : 64, name.at, uid);
    else
        format_text(subject->who, sizeof subject->who, "uid %lu", uid);
}

/* Refuses with the rule that would allow it; port is text. */
static bool refuse_without_rule(struct subject *subject, const char *protocol, const char *port,
                                const char *path, const char *problem, char text[REASON_MAX])
{
    if (!identity_is_known(&subject->identity))
        return reason_set(text,
                          "no rule can match %s, which stands for every user not mapped in this "
                          "user namespace; map all ids, or run the program as another user",
                          subject->who);
    char id[24];
    if (subject->rules.at != NULL)
        return reason_set(text, "%s %s; add to the options of privbind: -a '%s %s'", problem,
                          subject->who, protocol, port);

    struct span name = identity_user_name(&subject->identity);
    /* The line must be right as it stands: passwd may hold names that are numbers, or worse. */
    if (!rule_is_name(name)) {
        format_text(id, sizeof id, "%lu", (unsigned long)subject->identity.uid);
        name = (struct span){id, strlen(id)};
    }
    return reason_set(text, "%s %s; add to %s: allow user %.*s %s %s", problem, subject->who, path,
                      (int)name.length, name.at, protocol, port);
}

/* Whether the policy file's owner is not mapped here: then nobody can tell whether that is root. */
static bool is_strange(const struct subject *subject)
{
    struct stat status;
    return stat(PRIVBIND_CONF, &status) == 0 && status.st_uid != 0 &&
           !identity_knows(&subject->identity, status.st_uid);
}

const char ruling_foreign_reason[] =
    "this user namespace does not own the network, so its capabilities have no effect there "
    "(unshare "
    "-r, bwrap, a rootless container), or a security module objects; put privbind in front of what "
    "made the namespace (privbind -m seccomp unshare -r ..., privbind -m seccomp bwrap ...), "
    "or set the sysctl net.ipv4.ip_unprivileged_port_start";

/* A file that does not exist is one without a rule. */
static bool read_policy(const struct subject *subject, struct span *policy, char text[REASON_MAX])
{
    char error[REASON_MAX];
    if (file_read_trusted(PRIVBIND_CONF, policy, error))
        return true;
    if (errno == ENOENT) {
        *policy = (struct span){NULL, 0};
        return true;
    }
    if (is_strange(subject))
        return reason_set(text, "%s", ruling_foreign_reason);
    return reason_set(text, "%s %s", PRIVBIND_CONF, error);
}

static void name_rule(const struct subject *subject, const char *path, size_t line,
                      char text[REASON_MAX])
{
    struct span rest = subject->rules, rule = {0};
    if (rest.at == NULL) {
        format_text(text, REASON_MAX, "%s:%zu", path, line);
        return;
    }
    while (line-- > 0)
        rule = span_cut(&rest, '\n');
    const size_t prefix = strlen(RULING_OF_OPTION), length = rule.length - prefix;
    format_text(text, REASON_MAX, "privbind -a '%.*s'", length < 200 ? (int)length : 200,
                rule.at + prefix);
}

/*
 * Refuses what a rule would allow with another protocol, or on another address. A rule for this
 * would allow more than the author of the nearest rule wanted: usually the program asks for too
 * much.
 */
static bool refuse_by_nearest(const struct subject *subject, const struct policy_question *question,
                              const struct rule *nearest, const char *rule, char text[REASON_MAX])
{
    char address[ADDRESS_TEXT_MAX];
    const struct protocol *protocol = protocol_by_bit(question->protocol);
    if ((nearest->protocols & question->protocol) == 0) {
        reason_set(text,
                   "no rule allows %s %s %u: %s allows that port, but not for %s; if the program "
                   "needs that protocol, ",
                   subject->who, protocol->name, question->port, rule, protocol->name);
        const size_t length = strlen(text);
        if (subject->rules.at != NULL)
            format_text(text + length, REASON_MAX - length, "add -a '%s %u'", protocol->name,
                        question->port);
        else
            format_text(text + length, REASON_MAX - length, "add it to the rule");
        return false;
    }
    address_text(&question->address, address);
    const bool is_wildcard = address_is_wildcard(&question->address);
    const bool is_ipv6 = question->address.family == AF_INET6;
    struct rule denying = *nearest; /* either family is enough for that */
    denying.allows = false;
    return reason_set(text, "no rule allows %s %s %u on %s%s: %s allows it on %.*s only; %s",
                      subject->who, protocol->name, question->port, address,
                      !is_wildcard ? ""
                      : is_ipv6    ? " (all addresses, IPv4 too)"
                                   : " (all addresses)",
                      rule, SPAN_SHOWN(nearest->addresses),
                      is_wildcard && is_ipv6 && policy_addresses_match(&denying, &question->address)
                          ? "for both families write there: on ::,0.0.0.0"
                          : "let the program bind an address that is named there");
}

static bool refuse_unmatched(struct subject *subject, const struct policy_question *question,
                             struct span policy, const char *path, char text[REASON_MAX])
{
    char place[REASON_MAX], problem[REASON_MAX], port[8];
    struct rule nearest;
    const size_t line = policy_nearest(policy, question, &nearest);
    if (line != 0) {
        name_rule(subject, path, line, place);
        return refuse_by_nearest(subject, question, &nearest, place, text);
    }
    format_text(problem, sizeof problem, "%s does not exist, so no rule allows", path);
    format_text(port, sizeof port, "%u", question->port);
    return refuse_without_rule(subject, protocol_by_bit(question->protocol)->name, port, path,
                               policy.at == NULL ? problem : "no rule allows", text);
}

static bool refuse_by_error(const struct policy_decision *decision, const char *path,
                            char text[REASON_MAX])
{
    return reason_set(text, "%s:%zu: %s; until that is fixed nothing is allowed", path,
                      decision->line, decision->error);
}

bool ruling_of(struct subject *subject, const struct policy_question *question, struct span policy,
               const char *path, char text[REASON_MAX])
{
    struct policy_question asked = *question;
    asked.who = &subject->identity;
    const struct policy_decision decision = policy_decide(policy, &asked);
    if (decision.verdict == POLICY_ALLOW) {
        name_rule(subject, path, decision.line, text);
        return true;
    }
    ruling_name_subject(subject, true);
    switch (decision.verdict) {
    case POLICY_DENY:
        return reason_set(text, "%s:%zu denies it to %s; put a rule that allows it above that line",
                          path, decision.line, subject->who);
    case POLICY_INVALID:
        return refuse_by_error(&decision, path, text);
    default:
        return refuse_unmatched(subject, &asked, policy, path, text);
    }
}

bool ruling_allows(struct subject *subject, const struct policy_question *question,
                   char text[REASON_MAX])
{
    if (subject->refresh != NULL)
        subject->refresh(subject);
    struct span policy = subject->rules.at != NULL ? subject->rules : subject->policy;
    if (policy.at != NULL)
        return ruling_of(subject, question, policy, PRIVBIND_CONF, text);
    if (!read_policy(subject, &policy, text))
        return false;
    bool allowed = ruling_of(subject, question, policy, PRIVBIND_CONF, text);
    file_free(policy);
    return allowed;
}

bool ruling_can_allow(struct subject *subject, char text[REASON_MAX])
{
    struct span policy;
    if (!read_policy(subject, &policy, text))
        return false;
    const struct policy_decision decision = policy_may_allow(policy, &subject->identity);
    file_free(policy);
    ruling_name_subject(subject, true);
    switch (decision.verdict) {
    case POLICY_ALLOW:
        return true;
    case POLICY_DENY:
        return reason_set(text,
                          "%s:%zu denies everything to %s; put a rule that allows the port above "
                          "that line",
                          PRIVBIND_CONF, decision.line, subject->who);
    case POLICY_INVALID:
        return refuse_by_error(&decision, PRIVBIND_CONF, text);
    case POLICY_NO_MATCH:
        break;
    }
    return refuse_without_rule(subject, "tcp", "PORT", PRIVBIND_CONF, "no rule allows anything for",
                               text);
}
