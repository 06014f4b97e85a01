/* SPDX-License-Identifier: MIT */
#include "naive_rule.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED                                                                                     \
    "0000000000000000"                                                                             \
    "0000000000000000"                                                                             \
    "0000000000000000"                                                                             \
    "0000000000000000"                                                                             \
    "0000000000000000"                                                                             \
    "1111111111111111"

bool naive_number(const char *text, unsigned long most, unsigned long *number)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    while (text[0] == '0' && text[1] != '\0')
        text++;
    if (strlen(text) > 10)
        return false;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (value > most)
        return false;
    *number = (unsigned long)value;
    return true;
}

static void to_bits(const unsigned char *bytes, size_t count, char bits[NAIVE_BITS_MAX])
{
    for (size_t i = 0; i < count; i++)
        bits[i] = (bytes[i / 8] & (128 >> i % 8)) != 0 ? '1' : '0';
    bits[count] = '\0';
}

static bool any_address(const char *text, char bits[NAIVE_BITS_MAX])
{
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        to_bits(bytes, 32, bits);
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        to_bits(bytes, 128, bits);
    else
        return false;
    return true;
}

bool naive_address(const char *text, char bits[NAIVE_BITS_MAX])
{
    if (!any_address(text, bits))
        return false;
    if (strncmp(bits, MAPPED, 96) == 0)
        memmove(bits, bits + 96, 33);
    return true;
}

/* ADDRESS[/PREFIX] */
static bool read_network(char *item, struct naive_network *network)
{
    char *slash = strchr(item, '/');
    if (slash != NULL)
        *slash = '\0';
    if (!any_address(item, network->bits))
        return false;
    network->prefix = strlen(network->bits);
    if (slash != NULL && !naive_number(slash + 1, network->prefix, &network->prefix))
        return false;
    if (strchr(network->bits + network->prefix, '1') != NULL)
        return false;
    if (strncmp(network->bits, MAPPED, 96) == 0) {
        memmove(network->bits, network->bits + 96, 33);
        network->prefix -= 96;
    }
    return true;
}

/* What cannot be meant as a user or a group is an error: a range of ids, quotes, a negation. */
static bool read_id(const char *item)
{
    unsigned long unused;
    if (item[strspn(item, "0123456789")] == '\0')
        return naive_number(item, NAIVE_ID_MAX, &unused);
    return strpbrk(item, "\"':#@%*!/\\") == NULL && item[0] != '-' && item[0] != '+' &&
           item[strspn(item, "0123456789-")] != '\0';
}

static bool read_ids(char *list, struct naive_rule *rule)
{
    for (char *item; (item = strsep(&list, ",")) != NULL;) {
        if (item[0] == '\0' || !read_id(item))
            return false;
        rule->ids[rule->id_count++] = item;
    }
    return true;
}

static bool read_protocols(char *list, struct naive_rule *rule)
{
    static const char *const names[] = {"tcp", "udp", "mptcp", "udplite", "sctp", "dccp"};
    for (char *item; (item = strsep(&list, ",")) != NULL;) {
        bool known = false;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            known = known || strcmp(item, names[i]) == 0;
        if (!known)
            return false;
        rule->protocols[rule->protocol_count++] = item;
    }
    return true;
}

static bool read_ports(char *list, struct naive_rule *rule)
{
    for (char *item; (item = strsep(&list, ",")) != NULL;) {
        unsigned long *low = &rule->low[rule->port_count], *high = &rule->high[rule->port_count];
        char *end = item, *start = strsep(&end, "-");
        if (!naive_number(start, 65535, low) || *low == 0)
            return false;
        *high = *low;
        if (end != NULL && (!naive_number(end, 65535, high) || *high < *low))
            return false;
        rule->port_count++;
    }
    return true;
}

static bool read_networks(char *list, struct naive_rule *rule)
{
    for (char *item; (item = strsep(&list, ",")) != NULL;) {
        if (!read_network(item, &rule->networks[rule->network_count++]))
            return false;
    }
    return true;
}

/* [protocols] ports [on addresses] */
static bool read_what(char **word, struct naive_rule *rule)
{
    if (*word == NULL)
        return !rule->allows;
    if (strcmp(*word, "any") != 0 && strchr("0123456789", **word) == NULL &&
        !read_protocols(*word++, rule))
        return false;
    if (*word == NULL)
        return false;
    rule->all_ports = strcmp(*word, "any") == 0;
    if (!rule->all_ports && !read_ports(*word, rule))
        return false;
    if (*++word == NULL)
        return true;
    if (strcmp(*word, "on") != 0 || *++word == NULL)
        return false;
    rule->all_addresses = false;
    return read_networks(*word, rule) && *++word == NULL;
}

bool naive_read_rule(char **word, struct naive_rule *rule)
{
    rule->all_ports = rule->all_addresses = true;
    rule->id_count = rule->protocol_count = rule->port_count = rule->network_count = 0;
    rule->allows = strcmp(*word, "allow") == 0;
    if (!rule->allows && strcmp(*word, "deny") != 0)
        return false;
    rule->who = *++word;
    if (rule->who == NULL)
        return false;
    if (strcmp(rule->who, "user") == 0 || strcmp(rule->who, "group") == 0) {
        if (*++word == NULL || !read_ids(*word, rule))
            return false;
    } else if (strcmp(rule->who, "anyone") != 0) {
        return false;
    }
    return read_what(word + 1, rule);
}

bool naive_split(char *line, size_t length, char **words)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (((unsigned char)line[i] < 32 && line[i] != '\t') || line[i] == 127)
            return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t'))
            line[i] = '\0';
    }
    for (char *word; (word = strtok(count == 0 ? line : NULL, " \t")) != NULL;)
        words[count++] = word;
    words[count] = NULL;
    return true;
}
