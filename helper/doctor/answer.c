/* SPDX-License-Identifier: MIT */
#include "doctor/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bind/ids.h"
#include "bind/port.h"
#include "doctor/lint.h"
#include "doctor/options.h"
#include "launch/message.h"
#include "policy/file.h"
#include "policy/format.h"
#include "policy/ruling.h"
#include "resident/account.h"

struct reading {
    const char *path;
    struct span text; /* none (at is NULL): there is no such file */
    struct id_names known;
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[2 * RULE_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    format_clean(line);
    puts(line);
}

static void say_error(void *context, size_t line, const char *message)
{
    const struct reading *reading = context;
    say("%s:%zu: %s", reading->path, line, message);
}

static void say_note(void *context, size_t line, const char *message)
{
    const struct reading *reading = context;
    say("%s:%zu: note: %s", reading->path, line, message);
}

static void say_nothing(void *context, size_t line, const char *message)
{
    (void)context;
    (void)line;
    (void)message;
}

static bool find_subject(const struct answer *answer, const struct id_names *known,
                         struct subject *subject, char error[REASON_MAX])
{
    static struct account account;
    if (answer->user == NULL) {
        if (!ids_of_caller(&subject->identity) || !identity_load_groups(&subject->identity))
            return reason_set(error, "cannot get the supplementary groups: %s", strerror(errno));
    } else {
        if (!account_look_up(answer->user, known, &account, error))
            return false;
        subject->identity = (struct identity){
            .uid = account.uid, .gids = account.groups, .gid_count = account.group_count};
        subject->identity.passwd = (struct id_file){true, known->passwd};
        subject->identity.group = (struct id_file){true, known->group};
    }
    ruling_name_subject(subject, true);
    return true;
}

/* Root reads what the user's helper may not. */
static bool may_read(const struct subject *subject, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || (status.st_mode & S_IROTH) != 0)
        return true;
    for (size_t i = 0; i < subject->identity.gid_count; i++) {
        if (subject->identity.gids[i] == status.st_gid)
            return (status.st_mode & S_IRGRP) != 0;
    }
    return false;
}

/* Only the file in force may be missing: then it has no rules. */
static bool read_file(const struct answer *answer, const struct subject *subject,
                      struct reading *reading)
{
    char error[REASON_MAX];
    reading->path = answer->file != NULL ? answer->file : PRIVBIND_CONF;
    if (answer->file != NULL ? file_read(reading->path, &reading->text, error)
                             : file_read_trusted(reading->path, &reading->text, error)) {
        if (answer->file != NULL || answer->user == NULL || may_read(subject, reading->path))
            return true;
        say("%s: %s may not read it; fix: chmod a+r %s", reading->path, subject->who,
            reading->path);
        return false;
    }
    if (answer->file == NULL && errno == ENOENT && answer->count > 0)
        return true;
    say("%s: %s", reading->path, error);
    return false;
}

/* Prints every rule that is about the subject, as it stands in the file. */
static void list_rules(struct subject *subject, const struct reading *reading)
{
    struct rule_cursor cursor = {.rest = reading->text};
    struct span lines = reading->text, line = {"", 0};
    struct rule rule;
    char error[REASON_MAX];
    size_t number = 0, listed = 0;
    while (rule_next(&cursor, &rule, error) == RULE_NEXT_RULE) {
        for (; number < cursor.line; number++)
            line = span_cut(&lines, '\n');
        if (policy_who_matches(&rule, &subject->identity) == IDENTITY_DIFFERS)
            continue;
        say("%s:%zu: %.*s", reading->path, number, (int)line.length, line.at);
        listed++;
    }
    if (listed == 0)
        say("%s: no rule is about %s: nothing is allowed", reading->path, subject->who);
}

/* Returns whether it is allowed. */
static bool answer_target(struct subject *subject, const struct reading *reading, const char *spec,
                          const struct target *target, bool is_in_force)
{
    char text[REASON_MAX];
    struct policy_question question = {.protocol = target->protocol, .port = target->port};
    question.address = target_ip(target);
    if (is_in_force && target->port >= port_first_unprivileged()) {
        say("%s: allowed: it needs no privilege, net.ipv4.ip_unprivileged_port_start is %u here",
            spec, port_first_unprivileged());
        return true;
    }
    const bool is_allowed = ruling_of(subject, &question, reading->text, reading->path, text);
    say("%s: %s%s", spec, is_allowed ? "allowed by " : "denied: ", text);
    return is_allowed;
}

static int answer_all(const struct answer *answer, const struct target *targets,
                      struct subject *subject, struct reading *reading)
{
    const struct lint_reader reader = {say_error, answer->count == 0 ? say_note : say_nothing,
                                       reading};
    bool is_good = lint_policy(reading->text, &reading->known, &reader) == 0;
    if (answer->count == 0 && is_good)
        list_rules(subject, reading);
    for (size_t i = 0; i < answer->count; i++) {
        if (!answer_target(subject, reading, answer->specs[i], &targets[i], answer->file == NULL))
            is_good = false;
    }
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int answer_policy(const struct answer *answer, const struct target *targets)
{
    static struct subject subject;
    struct reading reading = {0};
    struct id_file passwd = {0}, group = {0};
    char error[REASON_MAX];

    if (!file_load_names(&passwd, "/etc/passwd") || !file_load_names(&group, "/etc/group"))
        say("note: /etc/passwd or /etc/group cannot be read: not all names could be looked up");
    reading.known = (struct id_names){passwd.text, group.text};
    if (!find_subject(answer, &reading.known, &subject, error))
        return options_wrong("--policy%s%s", answer->user != NULL ? " -u " : ": ", error);
    return launch_flush(read_file(answer, &subject, &reading)
                            ? answer_all(answer, targets, &subject, &reading)
                            : EXIT_FAILURE);
}
