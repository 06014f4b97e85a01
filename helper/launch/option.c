/* SPDX-License-Identifier: MIT */
#include "launch/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rule.h"
#include "policy/ruling.h"

/* A line break in an argument would begin another rule. */
static bool check_what(const char *what, char error[REASON_MAX])
{
    const struct span shown = {what, strlen(what)};
    char line[RULE_LINE_MAX + 2], wrong[REASON_MAX];
    struct rule rule;
    if (what[strspn(what, " \t")] == '\0')
        return reason_set(error, "-a '%.*s': ports are missing; write for example -a 'tcp 80'",
                          SPAN_SHOWN(shown));
    if (strchr(what, '\n') != NULL)
        return reason_set(error, "-a contains a line break; repeat -a instead");
    int length = snprintf(line, sizeof line, RULING_OF_OPTION "%s\n", what);
    if ((size_t)length >= sizeof line)
        return reason_set(error, "-a is longer than %u bytes; repeat -a instead", RULE_LINE_MAX);
    struct rule_cursor cursor = {.rest = {line, (size_t)length}};
    return rule_next(&cursor, &rule, wrong) == RULE_NEXT_RULE ||
           reason_set(error, "-a '%.*s': %s", SPAN_SHOWN(shown), wrong);
}

bool option_make_rules(const char *const *what, size_t count, struct span *rules,
                       char error[REASON_MAX])
{
    size_t size = 1, length = 0;
    *rules = (struct span){NULL, 0};
    for (size_t i = 0; i < count; i++) {
        if (!check_what(what[i], error))
            return false;
        size += strlen(RULING_OF_OPTION) + strlen(what[i]) + 1;
    }
    if (count == 0)
        return true;
    char *text = malloc(size);
    if (text == NULL)
        return reason_set(error, "-a: no memory for the policy");
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, size - length, RULING_OF_OPTION "%s\n", what[i]);
    *rules = (struct span){text, length};
    return true;
}
