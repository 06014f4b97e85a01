/* SPDX-License-Identifier: MIT */
#include "grammar.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static uint32_t state = 1;

void grammar_seed(unsigned seed)
{
    state = seed * 2654435761u + 88172645u;
    state += state == 0; /* of which nothing would come */
}

/* xorshift (Marsaglia): the same on every machine. */
unsigned grammar_random(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

void grammar_put(struct output *output, const char *text)
{
    while (*text != '\0' && output->at < output->end)
        *output->at++ = *text++;
}

__attribute__((format(printf, 2, 3))) static void put(struct output *output, const char *format,
                                                      ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    grammar_put(output, text);
}

#define PICK(array) array[grammar_random(COUNT(array))]

static const char *const ids[] = {"0", "1", "33", "1000", "1001", "01000", "65534", "4294967294"};
static const char *const names[] = {"alice", "bob", "www-data", "a1", "mallory", "nobody"};
static const char *const protocols[] = {"tcp", "udp", "mptcp", "udplite", "sctp", "dccp"};
static const char *const ports[] = {"1", "22", "79", "80", "81", "443", "1023", "65535"};
static const char *const odd_words[] = {"4294967295",    "1-",          "-1",
                                        "1000-1001",     "\"alice\"",   "#",
                                        "80#",           "any",         "on",
                                        "allow",         "deny",        "user",
                                        "group",         "anyone",      "0",
                                        "65536",         "99999999999", "80,,81",
                                        ",80",           "80,",         "TCP",
                                        "tcp,",          "::/129",      "1.2.3",
                                        "1.2.3.4/33",    "::1/64",      "10.0.0.1/8",
                                        "01.2.3.4",      "/8",          "1.2.3.4/",
                                        "::ffff:0:0/95", "\r",          "\v",
                                        "\x7f",          "81-80",       "+alice",
                                        "\xc3\xa4",      "0-1",         "::/08",
                                        "fe80::1%1",     "1.2.3.4/8/8", "tcp:80",
                                        "80 81",         "on on",       "1:2:3:4:5:6:7:8:9",
                                        "00080"};

static void put_one_address(struct output *output)
{
    static const char *const addresses[] = {"0.0.0.0",
                                            "::",
                                            "127.0.0.1",
                                            "127.0.0.2",
                                            "::1",
                                            "::2",
                                            "128.0.0.0",
                                            "::ffff:127.0.0.1",
                                            "::ffff:0.0.0.0",
                                            "::127.0.0.1",
                                            "10.1.2.3",
                                            "255.255.255.255",
                                            "2001:db8::1",
                                            "2001:db8:8000::",
                                            "::ffff:7f00:1",
                                            "::fffe:127.0.0.1",
                                            "0:0:0:0:0:fffe::",
                                            "8000::",
                                            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    if (grammar_random(8) > 0)
        grammar_put(output, PICK(addresses));
    else if (grammar_random(2) > 0)
        put(output, "%u.%u.%u.%u", grammar_random(256), grammar_random(2) * 255,
            grammar_random(256), grammar_random(256));
    else
        put(output, "%x:%x::%x", grammar_random(65536), grammar_random(2), grammar_random(65536));
}

/* A network of any prefix: its bits beyond are zero, near the edge often one. */
static void put_network(struct output *output)
{
    static const char *const networks[] = {"0.0.0.0/0",
                                           "::/0",
                                           "0.0.0.0/1",
                                           "128.0.0.0/1",
                                           "127.0.0.0/8",
                                           "0.0.0.0/32",
                                           "::/128",
                                           "0.0.0.0/31",
                                           "127.0.0.0/31",
                                           "126.0.0.0/7",
                                           "::/1",
                                           "8000::/1",
                                           "::/127",
                                           "2001:db8::/32",
                                           "2001:db8::/33",
                                           "::/96",
                                           "::/80",
                                           "10.0.0.0/8",
                                           "::ffff:0:0/96",
                                           "::ffff:127.0.0.0/104",
                                           "::1/128",
                                           "127.0.0.1/32",
                                           "::ffff:0:0/97",
                                           "::ffff:127.0.0.1/128",
                                           "::ffff:0:0/128",
                                           "::fffe:0:0/95",
                                           "::ffff:0.0.0.0/127",
                                           "0.0.0.0/8",
                                           "127.0.0.1/032"};
    if (grammar_random(3) > 0) {
        grammar_put(output, PICK(networks));
        return;
    }
    const unsigned prefix = grammar_random(33);
    const uint32_t random = grammar_random(2) > 0 ? 0x7f000001u : grammar_random(0xffffffffu);
    const uint32_t kept = prefix == 0 ? 0 : random & 0xffffffffu << (32 - prefix);
    const bool is_mapped = grammar_random(4) == 0;
    put(output, "%s%u.%u.%u.%u/%u", is_mapped ? "::ffff:" : "", kept >> 24, kept >> 16 & 255,
        kept >> 8 & 255, kept & 255, is_mapped ? 96 + prefix : prefix);
}

static void put_address_item(struct output *output)
{
    if (grammar_random(2) > 0)
        put_one_address(output);
    else
        put_network(output);
}

static void put_id_item(struct output *output)
{
    if (grammar_random(2) > 0)
        grammar_put(output, PICK(ids));
    else
        grammar_put(output, PICK(names));
}

static void put_protocol_item(struct output *output)
{
    grammar_put(output, PICK(protocols));
}

static void put_port_item(struct output *output)
{
    const unsigned low = grammar_random((unsigned)COUNT(ports));
    grammar_put(output, ports[low]);
    if (grammar_random(3) == 0)
        put(output, "-%s", ports[low + grammar_random((unsigned)COUNT(ports) - low)]);
}

static void put_list(struct output *output, void (*put_item)(struct output *))
{
    put_item(output);
    while (grammar_random(3) == 0) {
        grammar_put(output, ",");
        put_item(output);
    }
}

void grammar_word(struct output *output)
{
    switch (grammar_random(6)) {
    case 0:
        put_list(output, put_id_item);
        break;
    case 1:
        put_list(output, put_protocol_item);
        break;
    case 2:
        put_list(output, put_port_item);
        break;
    case 3:
        put_list(output, put_address_item);
        break;
    default:
        grammar_put(output, PICK(odd_words));
    }
}

void grammar_what(struct output *output)
{
    if (grammar_random(3) == 0) {
        put_list(output, put_protocol_item);
        grammar_put(output, " ");
    }
    if (grammar_random(5) < 2)
        grammar_put(output, "any");
    else
        put_list(output, put_port_item);
    if (grammar_random(2) == 0)
        return;
    grammar_put(output, " on ");
    put_list(output, put_address_item);
}

void grammar_rule(struct output *output)
{
    static const char *const blanks[] = {"", "", "", "", " ", "\t", "# why", " # allow anyone any"};
    const bool allows = grammar_random(3) > 0;
    const unsigned who = grammar_random(3);
    grammar_put(output, grammar_random(16) == 0 ? "\t" : "");
    put(output, "%s %s ", allows ? "allow" : "deny",
        who == 0   ? "user"
        : who == 1 ? "group"
                   : "anyone");
    if (who < 2) {
        put_list(output, put_id_item);
        grammar_put(output, " ");
    }
    if (allows || grammar_random(4) > 0)
        grammar_what(output);
    if (grammar_random(64) == 0)
        grammar_word(output);
    put(output, "%s\n", PICK(blanks));
}

void grammar_question(struct output *output)
{
    put(output, "%s %s", PICK(ids), PICK(ids));
    for (unsigned more = grammar_random(4); more > 1; more--)
        put(output, ",%s", PICK(ids));
    put(output, " %s ", PICK(protocols));
    put_one_address(output);
    put(output, " %s%s\n", PICK(ports), grammar_random(16) == 0 ? " unreadable" : "");
}

void grammar_passwd(struct output *output)
{
    static const char *const homes[] = {"/home/alice", "/", "", "/root"};
    static const char *const odd[] = {"+alice", "#bob", "-", "", "alice:x", "alice:x:-1:0"};
    for (unsigned left = grammar_random(5); left > 0; left--) {
        if (grammar_random(12) == 0)
            put(output, "%s\n", PICK(odd));
        put(output, "%s:x:%s:%s:,,:%s:/bin/sh\n", PICK(names), PICK(ids), PICK(ids), PICK(homes));
    }
}

void grammar_group(struct output *output)
{
    for (unsigned left = grammar_random(5); left > 0; left--) {
        put(output, "%s:x:%s:", PICK(names), PICK(ids));
        if (grammar_random(2) > 0)
            put(output, "%s%s%s", PICK(names), grammar_random(2) > 0 ? "," : "", PICK(names));
        grammar_put(output, "\n");
    }
}

void grammar_target(struct output *output)
{
    static const char *const scopes[] = {"%1",          "%lo",         "%", "%0",
                                         "%4294967295", "%4294967296", "%x"};
    const unsigned how = grammar_random(4);
    if (how == 1) {
        put(output, "%u.%u.%u.%u:", grammar_random(257), grammar_random(2), grammar_random(3),
            grammar_random(256));
    } else if (how > 1) {
        grammar_put(output, "[");
        put_one_address(output);
        grammar_put(output, grammar_random(3) == 0 ? PICK(scopes) : "");
        grammar_put(output, "]:");
    }
    if (grammar_random(12) == 0)
        grammar_word(output);
    else
        grammar_put(output, PICK(ports));
    if (grammar_random(2) == 0)
        put(output, "/%s", PICK(protocols));
}

void grammar_account(struct output *output)
{
    static const char *const odd[] = {
        "",   ":",     "alice:",          ":0",       "4294967295", "alice:bob:a1", "0",
        "-1", "+1000", "1000:4294967295", "1000:0x0", "00"};
    if (grammar_random(8) == 0) {
        grammar_put(output, PICK(odd));
        return;
    }
    put_id_item(output);
    if (grammar_random(2) > 0)
        grammar_put(output, ":");
    else
        return;
    put_id_item(output);
}
