/* SPDX-License-Identifier: MIT */
#include "doctor/lint.h"

#include <stdlib.h>

#include "doctor/cover.h"
#include "policy/format.h"
#include "policy/rule.h"

/* The rules read so far. Without memory for more, less is said of those that follow. */
struct seen {
    struct seen_rule {
        struct rule rule;
        size_t line;
    } * rules;
    size_t count, room;
};

static void remember(struct seen *seen, const struct rule *rule, size_t line)
{
    if (seen->count == seen->room) {
        const size_t room = 2 * seen->room + 64;
        struct seen_rule *rules = realloc(seen->rules, room * sizeof *rules);
        if (rules == NULL)
            return;
        seen->rules = rules;
        seen->room = room;
    }
    seen->rules[seen->count++] = (struct seen_rule){*rule, line};
}

static void note_unknown_names(const struct rule *rule, size_t line, const struct id_names *known,
                               const struct lint_reader *reader)
{
    char message[REASON_MAX];
    struct id_entry entry;
    const bool is_user = rule->kind == WHO_USER;
    struct span rest = rule->who;
    while (rest.length > 0) {
        struct span name = span_cut(&rest, ',');
        if (span_is_digits(name) ||
            id_file_find(is_user ? known->passwd : known->group, name, &entry))
            continue;
        format_text(message, sizeof message, "no %s '%.*s' in %s: this matches no one",
                    is_user ? "user" : "group", SPAN_SHOWN(name),
                    is_user ? "/etc/passwd" : "/etc/group");
        reader->note(reader->context, line, message);
    }
}

static void note_covered(const struct seen *seen, const struct rule *rule, size_t line,
                         const struct id_names *known, const struct lint_reader *reader)
{
    char message[REASON_MAX];
    for (size_t i = 0; i < seen->count; i++) {
        if (!rule_is_covered(rule, &seen->rules[i].rule, known))
            continue;
        format_text(message, sizeof message, "this rule never matches: line %zu already covers it",
                    seen->rules[i].line);
        reader->note(reader->context, line, message);
        return;
    }
}

size_t lint_policy(struct span text, const struct id_names *known, const struct lint_reader *reader)
{
    size_t errors = 0;
    struct rule_cursor cursor = {.rest = text};
    struct seen seen = {NULL, 0, 0};
    struct rule rule;
    char error[REASON_MAX];
    enum rule_next next;

    while ((next = rule_next(&cursor, &rule, error)) != RULE_NEXT_END) {
        if (next == RULE_NEXT_ERROR) {
            errors++;
            reader->error(reader->context, cursor.line, error);
            continue;
        }
        note_unknown_names(&rule, cursor.line, known, reader);
        note_covered(&seen, &rule, cursor.line, known, reader);
        remember(&seen, &rule, cursor.line);
    }
    free(seen.rules);
    return errors;
}
