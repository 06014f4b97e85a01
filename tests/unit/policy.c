/* SPDX-License-Identifier: MIT */
/* Who is meant by a rule, and what names mean. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "policy/policy.h"

struct person {
    uid_t uid;
    gid_t gids[3];
    size_t gid_count;
};

static const struct person root = {0, {0}, 1};
static const struct person alice = {1000, {1000, 50, 33}, 3};
static const struct person bob = {1001, {1001}, 1};
static const struct person second_alice = {1002, {1002, 51}, 2}; /* second entries of names */
static const struct person nameless = {4294967294, {4294967294}, 1};

static const struct span passwd = SPAN("root:x:0:0:root:/root:/bin/sh\n"
                                       "broken:x:oops:1000::/:/bin/sh\n"
                                       ":x:1000:1000::/:/bin/sh\n"
                                       "alice:x:1000:1000:Alice:/home/alice:/bin/sh\n"
                                       "bob:x:1001:1001::/:/bin/sh\n"
                                       "alice:x:1002:1002::/:/bin/sh\n"
                                       "alias:x:1000:1000::/:/bin/sh\n"
                                       "1001:x:1000:1000::/:/bin/sh\n"
                                       "short\n"
                                       "minus:x:4294967295:0::/:/bin/sh\n"
                                       "nobody:x:65534:65534::/:/bin/sh");
static const struct span group = SPAN("root:x:0:\n"
                                      "broken:x::\n"
                                      "staff:x:50:\n"
                                      "web:x:33:\n"
                                      "staff:x:51:\n"
                                      "guests:x:60:alice,bob\n"
                                      "50:x:60:\n"
                                      "short\n"
                                      "nogroup:x:65534:\n");

static struct policy_decision decide(const char *text, struct identity *who)
{
    const struct policy_question question = {
        .who = who, .protocol = PROTOCOL_TCP, .address.family = AF_INET, .port = 80};
    return policy_decide((struct span){text, strlen(text)}, &question);
}

static struct identity identity_of(const struct person *person)
{
    return (struct identity){.uid = person->uid,
                             .gids = person->gids,
                             .gid_count = person->gid_count,
                             .passwd = {true, passwd},
                             .group = {true, group}};
}

struct who_case {
    const char *who;
    const struct person *person;
    bool matches;
};

static void assert_who(const struct who_case *cases, size_t count)
{
    static const struct {
        const char *format;
        enum policy_verdict verdict;
    } rules[] = {{"allow %s 80\n", POLICY_ALLOW}, {"deny %s\n", POLICY_DENY}};
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(rules) * count; i++) {
        const struct who_case *row = &cases[i / COUNT(rules)];
        struct identity who = identity_of(row->person);
        char text[64];
        snprintf(text, sizeof text, rules[i % COUNT(rules)].format, row->who);
        const struct policy_decision decision = decide(text, &who);
        if (decision.verdict == (row->matches ? rules[i % COUNT(rules)].verdict : POLICY_NO_MATCH))
            continue;
        print_error("row %zu, uid %u: verdict %d, \"%s\": %s", i / COUNT(rules), (unsigned)who.uid,
                    (int)decision.verdict, decision.error, text);
        failures++;
    }
    assert_int_equal(failures, 0);
}

static void user_rule__matches_the_real_uid(void **state)
{
    static const struct who_case cases[] = {
        {"user alice", &alice, true},      {"user alice", &bob, false},
        {"user alias", &alice, true},      {"user alias", &second_alice, false},
        {"user 1000", &alice, true},       {"user 1001", &alice, false},
        {"user 0", &root, true},           {"user root", &root, true},
        {"user 0", &alice, false},         {"user 00001000", &alice, true},
        {"user 100", &alice, false},       {"user 10000", &alice, false},
        {"user alic", &alice, false},      {"user alicea", &alice, false},
        {"user Alice", &alice, false},     {"user bob,alice", &alice, true},
        {"user bob,1000", &alice, true},   {"user alice,bob,0", &bob, true},
        {"user alice,0", &bob, false},     {"user 4294967294", &nameless, true},
        {"user 4294967294", &root, false}, {"user staff", &alice, false},
    };
    assert_who(cases, COUNT(cases));
}

static void group_rule__matches_real_and_supplementary_gids(void **state)
{
    static const struct who_case cases[] = {
        {"group 1000", &alice, true},   {"group 50", &alice, true},
        {"group 33", &alice, true},     {"group 1001", &alice, false},
        {"group staff", &alice, true},  {"group web", &alice, true},
        {"group web", &bob, false},     {"group guests,web", &alice, true},
        {"group root", &root, true},    {"group root", &alice, false},
        {"group 0,root", &bob, false},  {"group 60,33", &alice, true},
        {"group nogroup", &bob, false}, {"group 4294967294", &nameless, true},
        {"group alice", &alice, false},
    };
    assert_who(cases, COUNT(cases));
}

/* Who is a member now is what the process says, not what the file would make of a new login. */
static void member_only_in_file__no_match(void **state)
{
    static const struct who_case cases[] = {{"group guests", &alice, false},
                                            {"group guests", &bob, false}};
    assert_who(cases, COUNT(cases));
}

static void name_twice__first_entry_counts(void **state)
{
    static const struct who_case cases[] = {{"user alice", &alice, true},
                                            {"user alice", &second_alice, false},
                                            {"group staff", &alice, true},
                                            {"group staff", &second_alice, false}};
    assert_who(cases, COUNT(cases));
}

static void name_of_digits__is_a_number(void **state)
{
    static const struct who_case cases[] = {{"user 1001", &alice, false},
                                            {"user 1001", &bob, true},
                                            {"group 50", &alice, true},
                                            {"group 50", &bob, false}};
    assert_who(cases, COUNT(cases));
}

static void unknown_name__matches_nobody(void **state)
{
    static const struct who_case cases[] = {
        {"user ghost", &alice, false},      {"user ghost", &root, false},
        {"user ghost,alice", &alice, true}, {"user broken", &root, false},
        {"user broken", &alice, false},     {"user short", &root, false},
        {"user minus", &nameless, false},   {"user minus", &root, false},
        {"group ghost", &alice, false},     {"group ghost", &root, false},
        {"group broken", &root, false},     {"group short", &alice, false},
        {"group ghost,web", &alice, true},
    };
    assert_who(cases, COUNT(cases));
}

static void anyone__matches_everybody(void **state)
{
    static const struct who_case cases[] = {
        {"anyone", &root, true}, {"anyone", &alice, true}, {"anyone", &nameless, true}};
    assert_who(cases, COUNT(cases));
}

static void list_as_long_as_a_line__matches_its_last_item(void **state)
{
    char text[RULE_LINE_MAX + 2] = "deny user ";
    struct identity who = identity_of(&alice);
    size_t length = strlen(text);
    while (length + strlen("1,alice\n") < sizeof text)
        length += (size_t)snprintf(text + length, sizeof text - length, "1,");
    snprintf(text + length, sizeof text - length, "alice\n");
    assert_int_equal(decide(text, &who).verdict, POLICY_DENY);
}

static char loaded_paths[128];

static bool load_fails(struct id_file *file, const char *path)
{
    return false;
}

static bool load_is_noted(struct id_file *file, const char *path)
{
    const size_t length = strlen(loaded_paths);
    snprintf(loaded_paths + length, sizeof loaded_paths - length, "%s ", path);
    *file = (struct id_file){true, strcmp(path, "/etc/passwd") == 0 ? passwd : group};
    return true;
}

static struct identity unloaded_alice(bool (*load)(struct id_file *, const char *))
{
    struct identity who = identity_of(&alice);
    who.passwd = who.group = (struct id_file){0};
    who.load = load;
    loaded_paths[0] = '\0';
    return who;
}

static void names_unreadable__only_numbers_decide(void **state)
{
    static const struct {
        const char *text;
        enum policy_verdict verdict;
        size_t line;
    } cases[] = {
        {"allow user alice 80\n", POLICY_INVALID, 1},
        {"allow group web 80\n", POLICY_INVALID, 1},
        {"deny user mallory\nallow anyone any\n", POLICY_INVALID, 1},
        {"# 1\ndeny group ghosts\nallow user 1000 80\n", POLICY_INVALID, 2},
        {"deny user 1,mallory\nallow user 1000 80\n", POLICY_INVALID, 1},
        {"allow user 1000 80\n", POLICY_ALLOW, 1},
        {"allow user alice,1000 80\n", POLICY_ALLOW, 1},
        {"deny user 1000,alice\n", POLICY_DENY, 1},
        {"deny group web,33\n", POLICY_DENY, 1},
        {"allow group 33 80\n", POLICY_ALLOW, 1},
        {"deny user 1,1000\n", POLICY_DENY, 1},
        {"deny group 1,2,33\n", POLICY_DENY, 1},
        {"allow anyone 80\n", POLICY_ALLOW, 1},
        {"allow user 1001 80\n", POLICY_NO_MATCH, 0},
        /* The first match has decided, and a rule for another port asks for nobody's name. */
        {"allow user 1000 80\ndeny user mallory\n", POLICY_ALLOW, 1},
        {"deny user mallory 81\nallow user 1000 80\n", POLICY_ALLOW, 2},
        {"deny user mallory udp any\nallow user 1000 80\n", POLICY_ALLOW, 2},
        {"deny user mallory 80 on ::1\nallow user 1000 80\n", POLICY_ALLOW, 2},
    };
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct identity who = unloaded_alice(i % 2 == 0 ? load_fails : NULL);
        const struct policy_decision decision = decide(cases[i / 2].text, &who);
        const char *error =
            decision.verdict == POLICY_INVALID ? "the names in this rule cannot be looked up" : "";
        if (decision.verdict != cases[i / 2].verdict || decision.line != cases[i / 2].line ||
            strncmp(decision.error, error, strlen(error)) != 0)
            fail_msg("row %zu: verdict %d, line %zu, \"%s\"", i / 2, (int)decision.verdict,
                     decision.line, decision.error);
    }
}

static void names_files__loaded_once_when_needed(void **state)
{
    static const struct {
        const char *text, *paths;
    } cases[] = {
        {"allow user 1000 80\n", ""},
        {"deny user mallory 81\ndeny group ghosts udp any\nallow anyone 80\n", ""},
        {"deny user a,b\ndeny user c\nallow user alice 80\n", "/etc/passwd "},
        {"deny group a,b\nallow group web 80\n", "/etc/group "},
        {"deny group a\ndeny user b\nallow group web 80\n", "/etc/group /etc/passwd "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct identity who = unloaded_alice(load_is_noted);
        const struct policy_decision decision = decide(cases[i].text, &who);
        if (decision.verdict != POLICY_ALLOW || strcmp(loaded_paths, cases[i].paths) != 0)
            fail_msg("row %zu: verdict %d, loaded %s", i, (int)decision.verdict, loaded_paths);
    }
}

static void uid__first_name_in_file(void **state)
{
    static const struct {
        const struct person *person;
        const char *name;
    } cases[] = {{&root, "root"}, {&alice, "alice"}, {&second_alice, "alice"}, {&nameless, ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct identity who = identity_of(cases[i].person);
        const struct span name = identity_user_name(&who);
        if (!span_is(name, cases[i].name))
            fail_msg("row %zu: %.*s", i, (int)name.length, name.at);
    }
}

/* An entry that has no id must not lend its name to the id of another. */
static void malformed_last_line__matches_nobody(void **state)
{
    static const char *const files[] = {"staff:x:50:\nweb:x:bad:\n", "staff:x:50:\nweb",
                                        "staff:x:50:\nweb:x:\n", "web\n", "#web:x:50:\n"};
    static const gid_t gids[] = {50, 0};
    const struct span text = {"allow group web 80\n", 19};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct identity who = {.uid = 1, .gids = gids, .gid_count = 2};
        who.group = (struct id_file){true, {files[i], strlen(files[i])}};
        const struct policy_question question = {
            .who = &who, .protocol = PROTOCOL_TCP, .address.family = AF_INET, .port = 80};
        if (policy_decide(text, &question).verdict != POLICY_NO_MATCH)
            fail_msg("row %zu", i);
    }
}

static void commented_entry__is_no_name(void **state)
{
    static const char file[] = "#old:x:1000:1000::/:\n+:x:1000:\nbob:x:1000:1000::/:\n";
    struct identity who = {.uid = 1000, .passwd = {true, {file, sizeof file - 1}}};
    assert_true(span_is(identity_user_name(&who), "bob"));
}

static void passwd_unreadable__no_user_name(void **state)
{
    struct identity who = unloaded_alice(load_fails);
    assert_int_equal(identity_user_name(&who).length, 0);
}

static void protocol_bit__name_as_in_a_rule(void **state)
{
    assert_string_equal(protocol_by_bit(PROTOCOL_TCP)->name, "tcp");
    assert_string_equal(protocol_by_bit(PROTOCOL_MPTCP)->name, "mptcp");
    assert_string_equal(protocol_by_bit(PROTOCOL_UDP)->name, "udp");
    assert_string_equal(protocol_by_bit(PROTOCOL_UDPLITE)->name, "udplite");
    assert_string_equal(protocol_by_bit(PROTOCOL_SCTP)->name, "sctp");
    assert_string_equal(protocol_by_bit(PROTOCOL_DCCP)->name, "dccp");
}

int run_policy_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_rule__matches_the_real_uid),
        cmocka_unit_test(group_rule__matches_real_and_supplementary_gids),
        cmocka_unit_test(member_only_in_file__no_match),
        cmocka_unit_test(name_twice__first_entry_counts),
        cmocka_unit_test(name_of_digits__is_a_number),
        cmocka_unit_test(unknown_name__matches_nobody),
        cmocka_unit_test(anyone__matches_everybody),
        cmocka_unit_test(list_as_long_as_a_line__matches_its_last_item),
        cmocka_unit_test(names_unreadable__only_numbers_decide),
        cmocka_unit_test(names_files__loaded_once_when_needed),
        cmocka_unit_test(uid__first_name_in_file),
        cmocka_unit_test(malformed_last_line__matches_nobody),
        cmocka_unit_test(commented_entry__is_no_name),
        cmocka_unit_test(passwd_unreadable__no_user_name),
        cmocka_unit_test(protocol_bit__name_as_in_a_rule),
    };
    return cmocka_run_group_tests_name("who a rule means", tests, NULL, NULL);
}
