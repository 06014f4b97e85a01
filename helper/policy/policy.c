/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include <string.h>

#include "policy/format.h"
#include "policy/rule.h"

static bool ports_match(const struct rule *rule, const struct policy_question *question)
{
    char ignored[REASON_MAX];
    struct port_range range = {0, 0};
    struct span rest = rule->ports;
    while (rest.length > 0) {
        if (rule_port_range(span_cut(&rest, ','), &range, ignored) && range.low <= question->port &&
            question->port <= range.high)
            return true;
    }
    return rule->ports.length == 0;
}

static bool list_covers(struct span list, const struct ip_address *address)
{
    struct ip_network network;
    while (list.length > 0) {
        if (address_parse_network(span_cut(&list, ','), &network) == ADDRESS_OK &&
            address_is_covered(address, &network))
            return true;
    }
    return false;
}

/*
 * Binding "::" takes IPv4 too unless IPV6_V6ONLY is set, and the caller can clear that option
 * between this check and bind(2): both families must be covered whatever it is now. A rule that
 * denies, on the other hand, must stop "::" as soon as it covers one of them.
 */
bool policy_addresses_match(const struct rule *rule, const struct ip_address *address)
{
    static const struct ip_address ipv4_wildcard = {.family = AF_INET};
    if (rule->addresses.length == 0)
        return true;
    bool covered = list_covers(rule->addresses, address);
    if (address->family != AF_INET6 || !address_is_wildcard(address))
        return covered;
    bool covered_ipv4 = list_covers(rule->addresses, &ipv4_wildcard);
    return rule->allows ? covered && covered_ipv4 : covered || covered_ipv4;
}

enum identity_match policy_who_matches(const struct rule *rule, struct identity *who)
{
    if (!identity_is_known(who))
        return IDENTITY_DIFFERS;
    if (rule->kind == WHO_ANYONE)
        return IDENTITY_MATCHES;
    enum identity_match result = IDENTITY_DIFFERS;
    struct span rest = rule->who;
    while (rest.length > 0 && result != IDENTITY_MATCHES) {
        struct span item = span_cut(&rest, ',');
        enum identity_match match =
            rule->kind == WHO_USER ? identity_is_user(who, item) : identity_is_in_group(who, item);
        if (match != IDENTITY_DIFFERS)
            result = match;
    }
    return result;
}

/* Users and groups are compared last: to look up their names takes longest. */
static enum identity_match rule_matches(const struct rule *rule,
                                        const struct policy_question *question)
{
    if ((rule->protocols & question->protocol) == 0 || !ports_match(rule, question) ||
        !policy_addresses_match(rule, &question->address))
        return IDENTITY_DIFFERS;
    return policy_who_matches(rule, question->who);
}

static struct policy_decision invalid_at(size_t line, const char *error)
{
    struct policy_decision decision = {.verdict = POLICY_INVALID, .line = line};
    format_text(decision.error, sizeof decision.error, "%s", error);
    return decision;
}

/* The first rule that matches decides; the whole text is read all the same. */
static struct policy_decision
first_match(struct span text, const struct policy_question *question,
            enum identity_match (*matches)(const struct rule *, const struct policy_question *))
{
    struct policy_decision decision = {.verdict = POLICY_NO_MATCH};
    struct rule_cursor cursor = {.rest = text};
    struct rule rule;
    char error[REASON_MAX];
    enum rule_next next;

    while ((next = rule_next(&cursor, &rule, error)) == RULE_NEXT_RULE) {
        if (decision.verdict != POLICY_NO_MATCH)
            continue;
        switch (matches(&rule, question)) {
        case IDENTITY_DIFFERS:
            break;
        case IDENTITY_MATCHES:
            decision.verdict = rule.allows ? POLICY_ALLOW : POLICY_DENY;
            decision.line = cursor.line;
            break;
        case IDENTITY_UNREADABLE:
            decision =
                invalid_at(cursor.line, "the names in this rule cannot be looked up; make "
                                        "/etc/passwd and /etc/group mode 644, or write numbers");
            break;
        case IDENTITY_NO_GROUPS:
            decision = invalid_at(
                cursor.line, "cannot get the supplementary groups; a sandbox forbids getgroups(2)");
            break;
        }
    }
    return next == RULE_NEXT_ERROR ? invalid_at(cursor.line, error) : decision;
}

struct policy_decision policy_decide(struct span text, const struct policy_question *question)
{
    return first_match(text, question, rule_matches);
}

/* A rule that denies some ports or addresses leaves others to the rules below it. */
static enum identity_match may_decide_all(const struct rule *rule,
                                          const struct policy_question *question)
{
    const bool is_partial =
        rule->protocols != PROTOCOL_ALL || rule->ports.length > 0 || rule->addresses.length > 0;
    return rule->allows || !is_partial ? policy_who_matches(rule, question->who) : IDENTITY_DIFFERS;
}

struct policy_decision policy_may_allow(struct span text, struct identity *who)
{
    return first_match(text, &(struct policy_question){.who = who}, may_decide_all);
}

/* Names that cannot be looked up are nobody's here: this is for advice only. */
static bool is_near(const struct rule *rule, const struct policy_question *question)
{
    const bool has_protocol = (rule->protocols & question->protocol) != 0;
    const bool has_address = policy_addresses_match(rule, &question->address);
    return rule->allows && has_protocol != has_address && ports_match(rule, question) &&
           policy_who_matches(rule, question->who) == IDENTITY_MATCHES;
}

size_t policy_nearest(struct span text, const struct policy_question *question, struct rule *rule)
{
    struct rule_cursor cursor = {.rest = text};
    char error[REASON_MAX];
    while (rule_next(&cursor, rule, error) == RULE_NEXT_RULE) {
        if (is_near(rule, question))
            return cursor.line;
    }
    return 0;
}
