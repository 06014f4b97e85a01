/* SPDX-License-Identifier: MIT */
#include "generate.h"

#include <stdbool.h>
#include <string.h>

#include "grammar.h"
#include "policy/span.h"

/* The parts of an input, and room to change the one that bytes of libFuzzer's work on. */
struct parts {
    struct span first, passwd, group, rest;
};

static struct parts take_apart(const uint8_t *data, size_t size)
{
    struct parts parts;
    parts.rest = (struct span){(const char *)data, size};
    parts.first = span_cut(&parts.rest, '\n');
    parts.passwd = span_cut(&parts.rest, '\f');
    parts.group = span_cut(&parts.rest, '\f');
    return parts;
}

static void put_span(struct output *output, struct span text)
{
    const size_t room = (size_t)(output->end - output->at);
    const size_t length = text.length < room ? text.length : room;
    if (length > 0)
        memcpy(output->at, text.at, length);
    output->at += length;
}

/* bytes changes the text in place, which so has to be in memory of its own. */
static void put_changed(struct output *output, struct span text, fuzz_bytes *bytes)
{
    const size_t room = (size_t)(output->end - output->at);
    struct output copy = *output;
    put_span(&copy, text);
    const size_t length = (size_t)(copy.at - output->at);
    output->at += room == 0 ? 0 : bytes((uint8_t *)output->at, length, room);
}

static size_t count_lines(struct span text)
{
    size_t count = 0;
    for (; text.length > 0; count++)
        span_cut(&text, '\n');
    return count;
}

/* Exchanges one word of the line for another. */
static void put_with_other_word(struct output *output, struct span line)
{
    const unsigned chosen = grammar_random(6);
    for (unsigned i = 0; line.length > 0; i++) {
        const struct span word = span_cut(&line, ' ');
        if (i == chosen)
            grammar_word(output);
        else
            put_span(output, word);
        if (line.length > 0)
            grammar_put(output, " ");
    }
    grammar_put(output, "\n");
}

/* Changes, removes, doubles or adds one line. */
static void put_with_other_line(struct output *output, struct span text)
{
    const size_t chosen = grammar_random((unsigned)count_lines(text) + 1);
    const unsigned how = grammar_random(6);
    for (size_t i = 0; i <= chosen || text.length > 0; i++) {
        const struct span line = span_cut(&text, '\n');
        const bool is_line = line.length > 0 || text.length > 0;
        if (i == chosen && how < 3)
            grammar_rule(output);
        if (i == chosen && how == 3)
            put_with_other_word(output, line);
        for (int copies = i == chosen ? (int)how - 3 : 1; is_line && copies > 0; copies--) {
            put_span(output, line);
            grammar_put(output, "\n");
        }
    }
}

static void put_rules(struct output *output)
{
    for (unsigned left = grammar_random(5) + 1; left > 0; left--)
        grammar_rule(output);
}

static void put_arguments(struct output *output)
{
    static const struct span between = {"", 1};
    for (unsigned left = grammar_random(3); left > 0; left--) {
        grammar_what(output);
        if (grammar_random(16) == 0)
            grammar_word(output);
        put_span(output, between);
    }
    grammar_what(output);
}

static void put_policy_rest(struct output *output, struct span rest, fuzz_bytes *bytes)
{
    const unsigned how = bytes == NULL ? 0 : grammar_random(8);
    if (how < 3)
        put_rules(output);
    else if (how == 3)
        put_changed(output, rest, bytes);
    else
        put_with_other_line(output, rest);
}

static void put_option_rest(struct output *output, struct span rest, fuzz_bytes *bytes)
{
    if (bytes != NULL && grammar_random(2) > 0)
        put_changed(output, rest, bytes);
    else
        put_arguments(output);
}

static void put_no_rest(struct output *output, struct span rest, fuzz_bytes *bytes)
{
    (void)output;
    (void)rest;
    (void)bytes;
}

static void put_part(struct output *output, struct span part, unsigned how, fuzz_bytes *bytes,
                     void (*generate)(struct output *))
{
    if (bytes == NULL || how == 0)
        generate(output);
    else if (how == 1)
        put_changed(output, part, bytes);
    else
        put_span(output, part);
}

static void put_account_line(struct output *output)
{
    grammar_account(output);
    grammar_put(output, "\n");
}

static size_t generate(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                       fuzz_bytes *bytes, void (*put_first)(struct output *),
                       void (*put_rest)(struct output *, struct span, fuzz_bytes *))
{
    static char text[FUZZ_INPUT_MAX];
    struct output output = {text, text + (size_max < sizeof text ? size_max : sizeof text)};
    const struct parts parts = take_apart(data, size);
    grammar_seed(seed);
    /* One or two parts change at a time. */
    if (bytes == NULL || grammar_random(4) == 0 || parts.first.length == 0) {
        put_first(&output);
    } else {
        put_span(&output, parts.first);
        grammar_put(&output, "\n");
    }
    put_part(&output, parts.passwd, grammar_random(12), bytes, grammar_passwd);
    grammar_put(&output, "\f");
    put_part(&output, parts.group, grammar_random(12), bytes, grammar_group);
    grammar_put(&output, "\f");
    put_rest(&output, parts.rest, bytes);
    const size_t length = (size_t)(output.at - text);
    memcpy(data, text, length);
    return length;
}

size_t generate_policy_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes)
{
    return generate(data, size, size_max, seed, bytes, grammar_question, put_policy_rest);
}

size_t generate_option_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes)
{
    return generate(data, size, size_max, seed, bytes, grammar_question, put_option_rest);
}

size_t generate_account_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                              fuzz_bytes *bytes)
{
    return generate(data, size, size_max, seed, bytes, put_account_line, put_no_rest);
}

size_t generate_target_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes)
{
    static char text[FUZZ_INPUT_MAX];
    struct output output = {text, text + (size_max < sizeof text ? size_max : sizeof text)};
    grammar_seed(seed);
    if (bytes != NULL && grammar_random(2) == 0)
        return bytes(data, size, size_max);
    grammar_target(&output);
    const size_t length = (size_t)(output.at - text);
    memcpy(data, text, length);
    return length;
}
