/* SPDX-License-Identifier: MIT */
#include "policy/rule.h"

#include <stdint.h>
#include <string.h>

#include "policy/address.h"
#include "policy/format.h"
#include "policy/identity.h"

static bool is_space(char character)
{
    return character == ' ' || character == '\t';
}

static struct span next_word(struct span *line)
{
    while (line->length > 0 && is_space(line->at[0]))
        *line = (struct span){line->at + 1, line->length - 1};
    struct span word = {line->at, 0};
    while (word.length < line->length && !is_space(word.at[word.length]))
        word.length++;
    *line = (struct span){line->at + word.length, line->length - word.length};
    return word;
}

/* Calls check for every item of a list. The list is not empty; an empty item is an error. */
static bool check_list(struct span list, bool (*check)(struct span, char *), char *error)
{
    if (list.at[list.length - 1] == ',')
        return reason_set(error, "'%.*s' ends in a comma; write a list without spaces",
                          SPAN_SHOWN(list));
    for (struct span rest = list; rest.length > 0;) {
        struct span item = span_cut(&rest, ',');
        if (item.length == 0)
            return reason_set(error, "an item is missing in '%.*s'", SPAN_SHOWN(list));
        if (!check(item, error))
            return false;
    }
    return true;
}

/*
 * Does not ask whether a name exists, but what cannot be meant as a name is an error: a rule that
 * denies a range of ids, or somebody in quotes, would protect nothing.
 */
bool rule_is_name(struct span item)
{
    bool has_letter = false;
    for (size_t i = 0; i < item.length; i++) {
        if (strchr(", \t\"':#@%*!/\\", item.at[i]) != NULL)
            return false;
        has_letter = has_letter || strchr("0123456789-", item.at[i]) == NULL;
    }
    return has_letter && item.at[0] != '-' && item.at[0] != '+'; /* item is never empty */
}

static bool check_id(struct span item, char *error)
{
    unsigned long id;
    if (!span_is_digits(item) && !rule_is_name(item))
        return reason_set(error, "'%.*s' is neither a name nor a number", SPAN_SHOWN(item));
    if (span_is_digits(item) && !span_number(item, ID_MAX, &id))
        return reason_set(error, "id %.*s is out of range", SPAN_SHOWN(item));
    return true;
}

static bool parse_port(struct span text, unsigned long *port, char *error)
{
    if (!span_is_digits(text))
        return reason_set(error, "'%.*s' is not a port (a number from 1 to 65535)",
                          SPAN_SHOWN(text));
    if (!span_number(text, UINT16_MAX, port) || *port == 0)
        return reason_set(error, "port %.*s is out of range", SPAN_SHOWN(text));
    return true;
}

bool rule_port_range(struct span text, struct port_range *range, char error[REASON_MAX])
{
    struct span high = text;
    struct span low = span_cut(&high, '-');
    *range = (struct port_range){0, 0};
    if (low.length < text.length && (low.length == 0 || high.length == 0))
        return reason_set(error, "'%.*s' lacks one end of a range", SPAN_SHOWN(text));
    if (!parse_port(low, &range->low, error))
        return false;
    if (low.length == text.length) {
        range->high = range->low;
        return true;
    }
    if (!parse_port(high, &range->high, error))
        return false;
    return range->low <= range->high ||
           reason_set(error, "range %.*s runs backwards", SPAN_SHOWN(text));
}

static bool check_ports(struct span item, char *error)
{
    struct port_range range;
    return rule_port_range(item, &range, error);
}

static bool check_address(struct span item, char *error)
{
    struct ip_network network;
    switch (address_parse_network(item, &network)) {
    case ADDRESS_OK:
        return true;
    case ADDRESS_PREFIX:
        return reason_set(error, "the prefix of %.*s is not a number from 0 to 32 (IPv6: 0 to 128)",
                          SPAN_SHOWN(item));
    case ADDRESS_MAPPED_PREFIX:
        return reason_set(error, "%.*s: a v4-mapped network needs a prefix of 96 or more",
                          SPAN_SHOWN(item));
    case ADDRESS_HOST_BITS:
        return reason_set(error, "%.*s: the address has bits set beyond the prefix",
                          SPAN_SHOWN(item));
    default:
        return reason_set(error, "'%.*s' is not an address", SPAN_SHOWN(item));
    }
}

static bool check_protocol(struct span item, char *error)
{
    if (span_is_digits(item) || span_is(item, "any"))
        return reason_set(error, "a space is missing between the protocols and '%.*s'",
                          SPAN_SHOWN(item));
    return protocol_by_name(item) != NULL ||
           reason_set(error, "'%.*s' is not a protocol (tcp, udp, ...), a port or 'any'",
                      SPAN_SHOWN(item));
}

static bool parse_who(struct span *line, struct rule *rule, char *error)
{
    struct span word = next_word(line);
    if (word.length == 0)
        return reason_set(error, "user, group or anyone is missing");
    if (span_is(word, "anyone")) {
        rule->kind = WHO_ANYONE;
        return true;
    }
    if (!span_is(word, "user") && !span_is(word, "group"))
        return reason_set(error, "'%.*s' is neither 'user NAME', 'group NAME' nor 'anyone'",
                          SPAN_SHOWN(word));
    rule->kind = span_is(word, "user") ? WHO_USER : WHO_GROUP;
    rule->who = next_word(line);
    if (rule->who.length == 0)
        return reason_set(error, "a name or a number is missing after %.*s", SPAN_SHOWN(word));
    return check_list(rule->who, check_id, error);
}

static bool parse_protocols(struct span list, struct rule *rule, char *error)
{
    if (!check_list(list, check_protocol, error))
        return false;
    rule->protocols = 0;
    while (list.length > 0)
        rule->protocols |= protocol_by_name(span_cut(&list, ','))->covered;
    return true;
}

/* [proto{,...}] (port | low-high){,...} | "any", where word is the first of it. */
static bool parse_ports(struct span *line, struct span word, struct rule *rule, char *error)
{
    bool starts_with_digit = word.at[0] >= '0' && word.at[0] <= '9';
    if (!starts_with_digit && !span_is(word, "any")) {
        if (!parse_protocols(word, rule, error))
            return false;
        struct span protocol = word;
        word = next_word(line);
        if (word.length == 0 || span_is(word, "on"))
            return reason_set(error, "ports are missing after %.*s; for all ports write 'any'",
                              SPAN_SHOWN(protocol));
    }
    if (span_is(word, "any"))
        return true;
    rule->ports = word;
    return check_list(word, check_ports, error);
}

static bool parse_addresses(struct span *line, struct rule *rule, char *error)
{
    struct span word = next_word(line);
    if (word.length == 0)
        return true;
    if (!span_is(word, "on"))
        return reason_set(error, "unexpected '%.*s'; lists have commas and no spaces",
                          SPAN_SHOWN(word));
    rule->addresses = next_word(line);
    if (rule->addresses.length == 0)
        return reason_set(error, "an address is missing after %.*s", SPAN_SHOWN(word));
    if (!check_list(rule->addresses, check_address, error))
        return false;
    word = next_word(line);
    return word.length == 0 ||
           reason_set(error, "unexpected '%.*s'; lists have commas and no spaces",
                      SPAN_SHOWN(word));
}

static bool parse_rule(struct span line, struct rule *rule, char *error)
{
    *rule = (struct rule){.protocols = PROTOCOL_ALL};
    struct span word = next_word(&line);
    rule->allows = span_is(word, "allow");
    if (!rule->allows && !span_is(word, "deny"))
        return reason_set(error, "'%.*s' is neither allow nor deny", SPAN_SHOWN(word));
    if (!parse_who(&line, rule, error))
        return false;
    word = next_word(&line);
    if (word.length == 0)
        return !rule->allows || reason_set(error, "allow needs ports; for all ports write 'any'");
    if (span_is(word, "on"))
        return reason_set(error, "ports are missing before %.*s; for all ports write 'any'",
                          SPAN_SHOWN(word));
    return parse_ports(&line, word, rule, error) && parse_addresses(&line, rule, error);
}

/* What no line may hold, whatever it says. */
static bool check_bytes(struct span line, char *error)
{
    if (line.length > RULE_LINE_MAX)
        return reason_set(error, "the line is longer than 4095 bytes");
    for (size_t i = 0; i < line.length; i++) {
        unsigned char byte = (unsigned char)line.at[i];
        if (byte == '\0')
            return reason_set(error, "the line contains a NUL byte");
        if (byte == '\r')
            return reason_set(error, "the line contains a carriage return; use Unix line endings");
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return reason_set(error, "the line contains a control character");
    }
    return true;
}

/* A # within a word is not a comment: 80#,443 would quietly be 80. */
static struct span without_comment(struct span line)
{
    for (size_t i = 0; i < line.length; i++) {
        if (line.at[i] == '#' && (i == 0 || is_space(line.at[i - 1])))
            return (struct span){line.at, i};
    }
    return line;
}

enum rule_next rule_next(struct rule_cursor *cursor, struct rule *rule, char error[REASON_MAX])
{
    while (cursor->rest.length > 0) {
        bool is_whole = memchr(cursor->rest.at, '\n', cursor->rest.length) != NULL;
        struct span line = span_cut(&cursor->rest, '\n');
        cursor->line++;
        if (!check_bytes(line, error))
            return RULE_NEXT_ERROR;
        /* "80" may be what is left of "8080" when a file was cut short. */
        if (!is_whole) {
            reason_set(error, "the last line does not end in a newline; is the file cut short?");
            return RULE_NEXT_ERROR;
        }
        struct span content = without_comment(line);
        struct span after_first = content;
        if (next_word(&after_first).length > 0)
            return parse_rule(content, rule, error) ? RULE_NEXT_RULE : RULE_NEXT_ERROR;
    }
    return RULE_NEXT_END;
}
