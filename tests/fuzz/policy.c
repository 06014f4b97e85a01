/* SPDX-License-Identifier: MIT */
/*
 * The policy: the helper's reading of rules and its decision, beside a naive reading of the same
 * manual. They must agree on the verdict and the line.
 */
#include <string.h>

#include "doctor/lint.h"
#include "fuzz.h"
#include "generate.h"
#include "input.h"

/* In the order of enum policy_verdict. */
static const char *const outcomes[] = {"allow", "deny", "no match", "invalid", NULL};

/* What --policy reports. */
struct report {
    size_t errors, first, last;
};

static void check_message(const char *message)
{
    const size_t length = strnlen(message, REASON_MAX);
    FUZZ_CHECK(length > 0 && length < REASON_MAX);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(message[i] != '\n' && message[i] != '\x1b');
}

static void hear_error(void *context, size_t line, const char *message)
{
    struct report *report = context;
    check_message(message);
    FUZZ_CHECK(line > report->last);
    report->first = report->errors++ == 0 ? line : report->first;
    report->last = line;
}

static void hear_note(void *context, size_t line, const char *message)
{
    const struct report *report = context;
    check_message(message);
    FUZZ_CHECK(line > report->last);
}

/* One error anywhere denies everything: --policy must find the same. */
static void check_the_checker(const struct input *input, const struct policy_decision *decision)
{
    struct report report = {0};
    const struct id_names known = {input->passwd, input->group};
    const struct lint_reader reader = {hear_error, hear_note, &report};
    FUZZ_CHECK(lint_policy(input->rest, &known, &reader) == report.errors);
    if (report.errors > 0)
        FUZZ_CHECK(decision->verdict == POLICY_INVALID && decision->line == report.first);
    else
        FUZZ_CHECK(decision->verdict != POLICY_INVALID || input->naive.names_unreadable);
}

static int run(const uint8_t *data, size_t size)
{
    struct input input;
    if (!input_read(data, size, &input))
        return FUZZ_REJECTED;
    const struct policy_decision decision = policy_decide(input.rest, &input.question);
    const struct naive_answer naive =
        naive_decide((struct naive_text){input.rest.at, input.rest.length}, &input.naive);
    if ((int)decision.verdict != (int)naive.verdict || decision.line != naive.line)
        fuzz_finding("line %zu: %s: %s; read naively it is line %zu: %s", decision.line,
                     outcomes[decision.verdict],
                     decision.verdict == POLICY_INVALID ? decision.error : "", naive.line,
                     outcomes[naive.verdict]);
    if (decision.verdict == POLICY_INVALID)
        check_message(decision.error);
    check_the_checker(&input, &decision);
    input_free(&input);
    return (int)decision.verdict;
}

const struct fuzz_target fuzz_policy = {"policy", outcomes, run, generate_policy_input};
