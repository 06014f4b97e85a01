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
static bool addresses_match(const struct rule *rule, const struct ip_address *address)
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

static enum identity_match who_matches(const struct rule *rule, struct identity *who)
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

/* Who comes last, since names have to be looked up. */
static enum identity_match rule_matches(const struct rule *rule,
                                        const struct policy_question *question)
{
    if ((rule->protocols & question->protocol) == 0 || !ports_match(rule, question) ||
        !addresses_match(rule, &question->address))
        return IDENTITY_DIFFERS;
    return who_matches(rule, question->who);
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
            decision.verdict = POLICY_INVALID;
            decision.line = cursor.line;
            format_text(
                decision.error, sizeof decision.error,
                "the names in this rule cannot be looked up; see the mode of /etc/passwd and "
                "/etc/group (644), or write numbers");
            break;
        }
    }
    if (next == RULE_NEXT_ERROR) {
        decision.verdict = POLICY_INVALID;
        decision.line = cursor.line;
        memcpy(decision.error, error, sizeof error);
    }
    return decision;
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
    return rule->allows || !is_partial ? who_matches(rule, question->who) : IDENTITY_DIFFERS;
}

struct policy_decision policy_may_allow(struct span text, struct identity *who)
{
    return first_match(text, &(struct policy_question){.who = who}, may_decide_all);
}

static void note_unknown_names(const struct rule *rule, size_t line, const struct id_names *known,
                               const struct policy_reader *reader)
{
    char message[REASON_MAX];
    struct id_entry entry;
    struct span file = rule->kind == WHO_USER ? known->passwd : known->group;
    struct span rest = rule->who;
    while (rest.length > 0) {
        struct span name = span_cut(&rest, ',');
        if (span_is_digits(name) || id_file_find(file, name, &entry))
            continue;
        format_text(message, sizeof message, "no %s '%.*s' in %s: this matches nobody",
                    rule->kind == WHO_USER ? "user" : "group",
                    name.length < 40 ? (int)name.length : 40, name.at,
                    rule->kind == WHO_USER ? "/etc/passwd" : "/etc/group");
        reader->note(reader->context, line, message);
    }
}

size_t policy_check(struct span text, const struct id_names *known,
                    const struct policy_reader *reader)
{
    size_t errors = 0;
    struct rule_cursor cursor = {.rest = text};
    struct rule rule;
    char error[REASON_MAX];
    enum rule_next next;

    while ((next = rule_next(&cursor, &rule, error)) != RULE_NEXT_END) {
        if (next == RULE_NEXT_ERROR) {
            errors++;
            reader->error(reader->context, cursor.line, error);
        } else {
            note_unknown_names(&rule, cursor.line, known, reader);
        }
    }
    return errors;
}
