/* SPDX-License-Identifier: MIT */
#include "naive.h"

#include <stdlib.h>
#include <string.h>

#include "naive_rule.h"

bool naive_has_id(struct naive_text file, const char *name, unsigned long id)
{
    bool found = false, has_id = false;
    char *text = malloc(file.length + 1), *rest = text;
    memcpy(text, file.at, file.length);
    text[file.length] = '\0';
    for (size_t i = 0; i < file.length; i++)
        text[i] = text[i] == '\0' ? '\1' : text[i]; /* as good as any other wrong character */
    for (char *line; !found && (line = strsep(&rest, "\n")) != NULL;) {
        const char *first = strsep(&line, ":"), *unused = strsep(&line, ":");
        const char *third = unused == NULL ? NULL : strsep(&line, ":");
        unsigned long number;
        found = third != NULL && strcmp(first, name) == 0 && strchr("#+-", first[0]) == NULL &&
                naive_number(third, NAIVE_ID_MAX, &number);
        has_id = found && number == id;
    }
    free(text);
    return has_id;
}

enum match { NO, YES, UNKNOWN };

/* Whether an item of the list, a number or a name, is one of the ids. */
static enum match who_matches(const struct naive_rule *rule, const struct naive_question *question)
{
    const bool is_user = strcmp(rule->who, "user") == 0;
    const size_t count = is_user ? 1 : question->gid_count;
    bool has_name = false;
    if (strcmp(rule->who, "anyone") == 0)
        return YES;
    for (size_t i = 0; i < rule->id_count; i++) {
        unsigned long id;
        const bool is_number = naive_number(rule->ids[i], NAIVE_ID_MAX, &id);
        has_name = has_name || !is_number;
        for (size_t j = 0; j < count; j++) {
            const unsigned long own = is_user ? question->uid : question->gids[j];
            if (is_number ? id == own
                          : !question->names_unreadable &&
                                naive_has_id(is_user ? question->passwd : question->group,
                                             rule->ids[i], own))
                return YES;
        }
    }
    return has_name && question->names_unreadable ? UNKNOWN : NO;
}

static bool protocol_matches(const struct naive_rule *rule, const char *protocol)
{
    for (size_t i = 0; i < rule->protocol_count; i++) {
        if (strcmp(rule->protocols[i], protocol) == 0 ||
            (strcmp(rule->protocols[i], "tcp") == 0 && strcmp(protocol, "mptcp") == 0))
            return true;
    }
    return rule->protocol_count == 0;
}

static bool port_matches(const struct naive_rule *rule, unsigned long port)
{
    for (size_t i = 0; i < rule->port_count; i++) {
        if (rule->low[i] <= port && port <= rule->high[i])
            return true;
    }
    return rule->all_ports;
}

/* Whether a network of the list has the address; one of all zeroes only as itself or by /0. */
static bool list_has(const struct naive_rule *rule, const char *bits)
{
    for (size_t i = 0; i < rule->network_count; i++) {
        const struct naive_network *network = &rule->networks[i];
        if (strlen(network->bits) != strlen(bits))
            continue;
        if (strchr(bits, '1') == NULL ? network->prefix == 0 || (network->prefix == strlen(bits) &&
                                                                 strchr(network->bits, '1') == NULL)
                                      : strncmp(network->bits, bits, network->prefix) == 0)
            return true;
    }
    return false;
}

static bool address_matches(const struct naive_rule *rule, const char *text)
{
    static const char ipv4_zero[] = "00000000000000000000000000000000";
    char bits[NAIVE_BITS_MAX];
    if (rule->all_addresses)
        return true;
    if (!naive_address(text, bits))
        abort();
    if (strlen(bits) == 128 && strchr(bits, '1') == NULL)
        return rule->allows ? list_has(rule, bits) && list_has(rule, ipv4_zero)
                            : list_has(rule, bits) || list_has(rule, ipv4_zero);
    return list_has(rule, bits);
}

/* Reads the line at the start of the policy. */
static bool read_line(struct naive_text policy, size_t length, char **words,
                      struct naive_rule *rule)
{
    static char line[NAIVE_LINE_MAX + 1];
    if (length == policy.length || length > NAIVE_LINE_MAX)
        return false;
    memcpy(line, policy.at, length);
    line[length] = '\0';
    return naive_split(line, length, words) && (words[0] == NULL || naive_read_rule(words, rule));
}

struct naive_answer naive_decide(struct naive_text policy, const struct naive_question *question)
{
    static char *words[NAIVE_ITEMS_MAX + 1];
    static struct naive_rule rule;
    struct naive_answer answer = {NAIVE_NO_MATCH, 0};
    for (size_t number = 1; policy.length > 0; number++) {
        const char *end = memchr(policy.at, '\n', policy.length);
        const size_t length = end == NULL ? policy.length : (size_t)(end - policy.at);
        if (!read_line(policy, length, words, &rule))
            return (struct naive_answer){NAIVE_INVALID, number};
        const enum match who = words[0] == NULL ? NO : who_matches(&rule, question);
        if (answer.line == 0 && who != NO && protocol_matches(&rule, question->protocol) &&
            port_matches(&rule, question->port) && address_matches(&rule, question->address)) {
            answer.line = number;
            answer.verdict = who == UNKNOWN ? NAIVE_INVALID
                             : rule.allows  ? NAIVE_ALLOW
                                            : NAIVE_DENY;
        }
        policy.at += length + 1;
        policy.length -= length + 1;
    }
    return answer;
}
