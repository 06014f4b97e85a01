#include "policy/rule.h"

#include <stdint.h>
#include <string.h>

#include "policy/address.h"
#include "policy/format.h"
#include "policy/identity.h"

static const struct {
    const char *name;
    unsigned bits;
} protocols[] = {
    {"mptcp", PROTOCOL_MPTCP}, /* before tcp, which includes it */
    {"tcp", PROTOCOL_TCP | PROTOCOL_MPTCP},
    {"udp", PROTOCOL_UDP},
    {"udplite", PROTOCOL_UDPLITE},
    {"sctp", PROTOCOL_SCTP},
    {"dccp", PROTOCOL_DCCP},
};

const char *rule_protocol_name(unsigned protocol)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (protocols[i].bits & protocol)
            return protocols[i].name;
    }
    return "?";
}

/*
 * Writes an error message, with at most 40 bytes of the text that is wrong in its middle. Returns
 * false, as every function below that takes an error does when it has written one.
 */
static bool wrong(char *error, const char *before, struct span text, const char *after)
{
    int shown = text.length < 40 ? (int)text.length : 40;
    format_text(error, RULE_ERROR_MAX, "%s%.*s%s", before, shown, text.at, after);
    return false;
}

static bool wrong_line(char *error, const char *message)
{
    return wrong(error, message, (struct span){"", 0}, "");
}

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

/* Calls check for every item of a list, which is not empty; nor may an item be. */
static bool check_list(struct span list, bool (*check)(struct span, char *), char *error)
{
    if (list.at[list.length - 1] == ',')
        return wrong(error, "'", list, "' ends in a comma; write a list without spaces");
    for (struct span rest = list; rest.length > 0;) {
        struct span item = span_cut(&rest, ',');
        if (item.length == 0)
            return wrong(error, "an item is missing in '", list, "'");
        if (!check(item, error))
            return false;
    }
    return true;
}

/*
 * Whether a name exists is not asked, but what cannot be meant as a name is an error: a rule that
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
    return has_letter && item.at[0] != '-' && item.at[0] != '+'; /* never of an empty one */
}

static bool check_id(struct span item, char *error)
{
    unsigned long id;
    if (!span_is_digits(item) && !rule_is_name(item))
        return wrong(error, "'", item, "' is neither a name nor a number");
    if (span_is_digits(item) && !span_number(item, ID_MAX, &id))
        return wrong(error, "id ", item, " is out of range");
    return true;
}

static bool parse_port(struct span text, unsigned long *port, char *error)
{
    if (!span_is_digits(text))
        return wrong(error, "'", text, "' is not a port, a number from 1 to 65535");
    if (!span_number(text, UINT16_MAX, port) || *port == 0)
        return wrong(error, "port ", text, " is out of range");
    return true;
}

bool rule_port_range(struct span text, struct port_range *range, char error[RULE_ERROR_MAX])
{
    struct span high = text;
    struct span low = span_cut(&high, '-');
    if (low.length < text.length && (low.length == 0 || high.length == 0))
        return wrong(error, "'", text, "' lacks one end of a range");
    if (!parse_port(low, &range->low, error))
        return false;
    if (low.length == text.length) {
        range->high = range->low;
        return true;
    }
    if (!parse_port(high, &range->high, error))
        return false;
    return range->low <= range->high || wrong(error, "range ", text, " runs backwards");
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
        return wrong(error, "the prefix of ", item,
                     " is not a number from 0 to 32 (IPv6: 0 to 128)");
    case ADDRESS_MAPPED_PREFIX:
        return wrong(error, "", item, ": a v4-mapped network needs a prefix of 96 or more");
    case ADDRESS_HOST_BITS:
        return wrong(error, "", item, ": the address has bits set beyond the prefix");
    default:
        return wrong(error, "'", item, "' is not an address");
    }
}

static unsigned protocol_bits(struct span name)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (span_is(name, protocols[i].name))
            return protocols[i].bits;
    }
    return 0;
}

static bool check_protocol(struct span item, char *error)
{
    if (span_is_digits(item) || span_is(item, "any"))
        return wrong(error, "a blank is missing between the protocols and '", item, "'");
    return protocol_bits(item) != 0 ||
           wrong(error, "'", item, "' is neither a protocol (tcp, udp, ...) nor a port nor any");
}

static bool parse_who(struct span *line, struct rule *rule, char *error)
{
    struct span word = next_word(line);
    if (word.length == 0)
        return wrong_line(error, "user, group or anyone is missing");
    if (span_is(word, "anyone")) {
        rule->kind = WHO_ANYONE;
        return true;
    }
    if (!span_is(word, "user") && !span_is(word, "group"))
        return wrong(error, "'", word, "' is not user, group or anyone");
    rule->kind = span_is(word, "user") ? WHO_USER : WHO_GROUP;
    rule->who = next_word(line);
    if (rule->who.length == 0)
        return wrong(error, "a name or a number is missing after ", word, "");
    return check_list(rule->who, check_id, error);
}

static bool parse_protocols(struct span list, struct rule *rule, char *error)
{
    if (!check_list(list, check_protocol, error))
        return false;
    rule->protocols = 0;
    while (list.length > 0)
        rule->protocols |= protocol_bits(span_cut(&list, ','));
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
            return wrong(error, "ports are missing after ", protocol,
                         "; for all of them write any");
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
        return wrong(error, "'", word, "' is not expected here; a list has commas and no blanks");
    rule->addresses = next_word(line);
    if (rule->addresses.length == 0)
        return wrong(error, "an address is missing after ", word, "");
    if (!check_list(rule->addresses, check_address, error))
        return false;
    word = next_word(line);
    return word.length == 0 ||
           wrong(error, "'", word, "' is not expected here; a list has commas and no blanks");
}

static bool parse_rule(struct span line, struct rule *rule, char *error)
{
    *rule = (struct rule){.protocols = PROTOCOL_ALL};
    struct span word = next_word(&line);
    rule->allows = span_is(word, "allow");
    if (!rule->allows && !span_is(word, "deny"))
        return wrong(error, "'", word, "' is neither allow nor deny");
    if (!parse_who(&line, rule, error))
        return false;
    word = next_word(&line);
    if (word.length == 0)
        return !rule->allows || wrong_line(error, "allow needs ports; for all of them write any");
    if (span_is(word, "on"))
        return wrong(error, "ports are missing before ", word, "; for all of them write any");
    return parse_ports(&line, word, rule, error) && parse_addresses(&line, rule, error);
}

/* What no line may hold, whatever it says. */
static bool check_bytes(struct span line, char *error)
{
    if (line.length > RULE_LINE_MAX)
        return wrong_line(error, "the line is longer than 4095 bytes");
    for (size_t i = 0; i < line.length; i++) {
        unsigned char byte = (unsigned char)line.at[i];
        if (byte == '\0')
            return wrong_line(error, "the line holds a NUL byte");
        if (byte == '\r')
            return wrong_line(error,
                              "the line holds a carriage return; save it with Unix line ends");
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return wrong_line(error, "the line holds a control character");
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

enum rule_next rule_next(struct rule_cursor *cursor, struct rule *rule, char error[RULE_ERROR_MAX])
{
    while (cursor->rest.length > 0) {
        bool is_whole = memchr(cursor->rest.at, '\n', cursor->rest.length) != NULL;
        struct span line = span_cut(&cursor->rest, '\n');
        cursor->line++;
        if (!check_bytes(line, error))
            return RULE_NEXT_ERROR;
        /* "80" may be what is left of "8080" when a file was cut short. */
        if (!is_whole) {
            wrong_line(error, "the last line does not end in a newline; is the file cut short?");
            return RULE_NEXT_ERROR;
        }
        struct span content = without_comment(line);
        struct span after_first = content;
        if (next_word(&after_first).length > 0)
            return parse_rule(content, rule, error) ? RULE_NEXT_RULE : RULE_NEXT_ERROR;
    }
    return RULE_NEXT_END;
}
