/* SPDX-License-Identifier: MIT */
/*
 * The arguments of "privbind -a": what they become must be as many rules, each of which allows. The
 * rest of the input is the arguments, with a NUL between them, as in a command line.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "generate.h"
#include "input.h"
#include "launch/option.h"

enum { REFUSED, ALLOWED, NOT_ALLOWED };
static const char *const outcomes[] = {"refused", "allowed", "not allowed", NULL};

#define ARGUMENTS_MAX 64

static size_t split(char *text, size_t length, const char **arguments)
{
    size_t count = 0;
    for (char *at = text; count < ARGUMENTS_MAX && at <= text + length; at += strlen(at) + 1)
        arguments[count++] = at;
    return count;
}

/* Whether the argument is what follows who in exactly one rule, which has no line break. */
static bool is_rule(const char *argument, const struct naive_question *question)
{
    char line[8192];
    const size_t length = strlen(argument);
    if (length > 4095 || strchr(argument, '\n') != NULL)
        return false;
    memcpy(line, "allow anyone ", 13);
    memcpy(line + 13, argument, length);
    line[13 + length] = '\n';
    return naive_decide((struct naive_text){line, 13 + length + 1}, question).verdict !=
           NAIVE_INVALID;
}

static void check_rules(struct span rules, size_t count)
{
    struct rule_cursor cursor = {.rest = rules};
    struct rule rule;
    char error[REASON_MAX];
    for (size_t i = 1; i <= count; i++) {
        FUZZ_CHECK(rule_next(&cursor, &rule, error) == RULE_NEXT_RULE);
        FUZZ_CHECK(rule.allows && rule.kind == WHO_ANYONE && cursor.line == i);
    }
    FUZZ_CHECK(rule_next(&cursor, &rule, error) == RULE_NEXT_END);
}

static int try_arguments(struct input *input, const char *const *arguments, size_t count)
{
    char error[REASON_MAX] = "";
    struct span rules;
    bool all_rules = true;
    for (size_t i = 0; i < count; i++)
        all_rules = all_rules && is_rule(arguments[i], &input->naive);
    const bool taken = option_make_rules(arguments, count, &rules, error);
    if (taken != all_rules)
        fuzz_finding("-a is %s: %s", taken ? "taken" : "refused", error);
    if (!taken) {
        FUZZ_CHECK(error[0] != '\0' && strnlen(error, sizeof error) < sizeof error);
        return REFUSED;
    }
    check_rules(rules, count);
    const struct policy_decision decision = policy_decide(rules, &input->question);
    const struct naive_answer naive =
        naive_decide((struct naive_text){rules.at, rules.length}, &input->naive);
    FUZZ_CHECK((int)decision.verdict == (int)naive.verdict && decision.line == naive.line);
    free((void *)(uintptr_t)rules.at);
    return decision.verdict == POLICY_ALLOW ? ALLOWED : NOT_ALLOWED;
}

static int run(const uint8_t *data, size_t size)
{
    struct input input;
    const char *arguments[ARGUMENTS_MAX];
    if (!input_read(data, size, &input))
        return FUZZ_REJECTED;
    char *text = calloc(1, input.rest.length + 1);
    memcpy(text, input.rest.at, input.rest.length);
    const int outcome = try_arguments(&input, arguments, split(text, input.rest.length, arguments));
    free(text);
    input_free(&input);
    return outcome;
}

const struct fuzz_target fuzz_option = {"option", outcomes, run, generate_option_input};
