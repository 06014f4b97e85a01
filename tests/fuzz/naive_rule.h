/* SPDX-License-Identifier: MIT */
/* A line of privbind.conf(5), read naively. */
#ifndef PRIVBIND_NAIVE_RULE_H
#define PRIVBIND_NAIVE_RULE_H

#include "naive.h"

#define NAIVE_LINE_MAX 4095
#define NAIVE_ITEMS_MAX 2048 /* a line of 4095 bytes has no more words, a list no more items */
#define NAIVE_ID_MAX 4294967294ul

struct naive_network {
    char bits[NAIVE_BITS_MAX];
    unsigned long prefix;
};

struct naive_rule {
    bool allows, all_ports, all_addresses;
    const char *who; /* "user", "group" or "anyone" */
    char *ids[NAIVE_ITEMS_MAX];
    size_t id_count;
    const char *protocols[NAIVE_ITEMS_MAX];
    size_t protocol_count; /* 0: all */
    unsigned long low[NAIVE_ITEMS_MAX], high[NAIVE_ITEMS_MAX];
    size_t port_count;
    struct naive_network networks[NAIVE_ITEMS_MAX];
    size_t network_count;
};

/* Splits a line, without its comment, into words. Returns false if no line may look like that. */
bool naive_split(char *line, size_t length, char **words);

/* Reads a rule. words is not empty and ends with NULL; what they point to is changed. */
bool naive_read_rule(char **word, struct naive_rule *rule);

#endif
