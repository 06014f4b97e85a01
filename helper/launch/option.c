#include "launch/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rule.h"
#include "policy/ruling.h"

#define SHOWN "%.200s" /* of an argument, in a message */

/* A line break in an argument would begin another rule. */
static bool check_what(const char *what, char error[OPTION_ERROR_MAX])
{
    char line[RULE_LINE_MAX + 2], wrong[RULE_ERROR_MAX];
    struct rule rule;
    if (what[strspn(what, " \t")] == '\0') {
        snprintf(error, OPTION_ERROR_MAX, "-a '" SHOWN "': ports are missing, as in -a 'tcp 80'",
                 what);
        return false;
    }
    if (strchr(what, '\n') != NULL) {
        snprintf(error, OPTION_ERROR_MAX, "-a holds a line break; repeat -a instead");
        return false;
    }
    int length = snprintf(line, sizeof line, RULING_OF_OPTION "%s\n", what);
    if ((size_t)length >= sizeof line) {
        snprintf(error, OPTION_ERROR_MAX, "-a is longer than %u bytes; repeat -a instead",
                 RULE_LINE_MAX);
        return false;
    }
    struct rule_cursor cursor = {.rest = {line, (size_t)length}};
    if (rule_next(&cursor, &rule, wrong) == RULE_NEXT_RULE)
        return true;
    snprintf(error, OPTION_ERROR_MAX, "-a '" SHOWN "': %s", what, wrong);
    return false;
}

bool option_make_rules(const char *const *what, size_t count, struct span *rules,
                       char error[OPTION_ERROR_MAX])
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
    if (text == NULL) {
        snprintf(error, OPTION_ERROR_MAX, "-a: no memory for the policy");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, size - length, RULING_OF_OPTION "%s\n", what[i]);
    *rules = (struct span){text, length};
    return true;
}
