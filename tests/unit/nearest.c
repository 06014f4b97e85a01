/* SPDX-License-Identifier: MIT */
/* Why nothing matched, where a rule nearly did: advice that does not widen the policy. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/protocols.h"
#include "policy/ruling.h"

static const gid_t gids[] = {1000, 33};
static bool (*is_known)(enum identity_kind kind, unsigned long id); /* NULL: all are */

static bool ask(const char *policy, unsigned protocol, const char *address, char text[REASON_MAX])
{
    static struct subject subject;
    subject = (struct subject){.identity = {.uid = 1000, .gids = gids, .gid_count = 2}};
    subject.identity.passwd = (struct id_file){true, SPAN("nina:x:1000:1000::/:/bin/sh\n")};
    subject.identity.group = (struct id_file){true, SPAN("web:x:33:\n")};
    subject.identity.is_known = is_known;
    ruling_name_subject(&subject, true);
    struct policy_question question = {.protocol = protocol, .port = 80};
    unsigned char bytes[16];
    if (inet_pton(AF_INET, address, question.address.bytes) == 1) {
        question.address.family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, address, bytes), 1);
        question.address = address_from_ipv6(bytes);
    }
    return ruling_of(&subject, &question, (struct span){policy, strlen(policy)}, "/etc/p", text);
}

#define NOBODY_ALLOWS "no rule allows user nina (uid 1000)"
#define WRITE_RULE "; add to /etc/p: allow user nina tcp 80"

static void rule_of_another_address_or_protocol__named(void **state)
{
    static const struct {
        const char *policy;
        unsigned protocol;
        const char *address, *text;
    } cases[] = {
        {"allow user nina tcp 80 on 127.0.0.1\n", PROTOCOL_TCP, "0.0.0.0",
         NOBODY_ALLOWS " tcp 80 on 0.0.0.0 (all addresses): /etc/p:1 allows it on 127.0.0.1 only; "
                       "let the program bind an address that is named there"},
        {"#\nallow group web tcp 80 on 10.0.0.0/8\n", PROTOCOL_TCP, "127.0.0.1",
         NOBODY_ALLOWS " tcp 80 on 127.0.0.1: /etc/p:2 allows it on 10.0.0.0/8 only; "
                       "let the program bind an address that is named there"},
        {"allow user nina tcp 80 on 127.0.0.1\n", PROTOCOL_TCP, "::",
         NOBODY_ALLOWS " tcp 80 on :: (all addresses, IPv4 too): /etc/p:1 allows it on 127.0.0.1 "
                       "only; let the program bind an address that is named there"},
        {"allow user nina tcp 80 on ::\n", PROTOCOL_TCP, "::",
         NOBODY_ALLOWS " tcp 80 on :: (all addresses, IPv4 too): /etc/p:1 allows it on :: only; "
                       "for both families write there: on ::,0.0.0.0"},
        {"allow user nina tcp 80\n", PROTOCOL_UDP, "0.0.0.0",
         NOBODY_ALLOWS " udp 80: /etc/p:1 allows that port, but not for udp; if the program "
                       "needs that protocol, add it to the rule"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[REASON_MAX] = "";
        assert_false(ask(cases[i].policy, cases[i].protocol, cases[i].address, text));
        assert_string_equal(text, cases[i].text);
    }
}

static void rule_of_another_user_or_port__which_to_add(void **state)
{
    static const char *const policies[] = {
        "",
        "allow user bob tcp 80 on 127.0.0.1\n",
        "allow user nina tcp 81 on 127.0.0.1\n",
        "deny user nina tcp 80 on 127.0.0.1\n",
        "allow user nina udp 80 on 127.0.0.1\n", /* both differ: it was not meant */
    };
    for (size_t i = 0; i < COUNT(policies); i++) {
        char text[REASON_MAX] = "";
        assert_false(ask(policies[i], PROTOCOL_TCP, "0.0.0.0", text));
        assert_string_equal(text, NOBODY_ALLOWS WRITE_RULE);
    }
}

static void rule_that_matches_below__decides(void **state)
{
    char text[REASON_MAX] = "";
    assert_true(ask("allow user nina tcp 80 on 127.0.0.1\nallow group web tcp 80\n", PROTOCOL_TCP,
                    "0.0.0.0", text));
    assert_string_equal(text, "/etc/p:2");
}

/* Of privbind -a. */
static void subject_with_rules__which_option_to_add(void **state)
{
    static const char rules[] = RULING_OF_OPTION "tcp 443\n";
    char text[REASON_MAX] = "";
    struct subject subject = {.identity = {.uid = 1000}, .rules = {rules, sizeof rules - 1}};
    struct policy_question question = {
        .protocol = PROTOCOL_TCP, .port = 80, .address = {.family = AF_INET}};
    assert_false(ruling_of(&subject, &question, subject.rules, "/etc/p", text));
    assert_string_equal(text,
                        "no rule allows uid 1000; add to the options of privbind: -a 'tcp 80'");
    question.port = 443;
    assert_true(ruling_of(&subject, &question, subject.rules, "/etc/p", text));
    assert_string_equal(text, "privbind -a 'tcp 443'");
    question.protocol = PROTOCOL_UDP;
    assert_false(ruling_of(&subject, &question, subject.rules, "/etc/p", text));
    assert_string_equal(text, "no rule allows uid 1000 udp 443: privbind -a 'tcp 443' allows that "
                              "port, but not for udp; if the program needs that protocol, add -a "
                              "'udp 443'");
}

static bool never(enum identity_kind kind, unsigned long id)
{
    (void)kind;
    (void)id;
    return false;
}

static void user_not_mapped__no_rule_matches(void **state)
{
    static const char *const policies[] = {"", "allow user nina tcp 80\n", "allow user 1000 any\n",
                                           "allow anyone any\n"};
    is_known = never;
    for (size_t i = 0; i < COUNT(policies); i++) {
        char text[REASON_MAX] = "";
        assert_false(ask(policies[i], PROTOCOL_TCP, "0.0.0.0", text));
        assert_string_equal(text, "no rule can match user nina (uid 1000), which stands for every "
                                  "user not mapped in this user namespace; map all ids, or run "
                                  "the program as another user");
    }
    is_known = NULL;
}

#define TEN "aaaaaaaaaa"
#define TEN_PORTS "80,80,80,80,80,80,80,80,80,80"
#define MANY_PORTS                                                                                 \
    TEN_PORTS "," TEN_PORTS "," TEN_PORTS "," TEN_PORTS "," TEN_PORTS "," TEN_PORTS "," TEN_PORTS  \
              "," TEN_PORTS

static void rule_that_is_long__cut(void **state)
{
    static const char rules[] = RULING_OF_OPTION MANY_PORTS "\n";
    char text[REASON_MAX] = "", expected[REASON_MAX];
    struct subject subject = {.identity = {.uid = 1000}, .rules = {rules, sizeof rules - 1}};
    const struct policy_question question = {
        .protocol = PROTOCOL_TCP, .port = 80, .address = {.family = AF_INET}};
    assert_true(ruling_of(&subject, &question, subject.rules, "/etc/p", text));
    snprintf(expected, sizeof expected, "privbind -a '%.*s'", 200,
             rules + sizeof RULING_OF_OPTION - 1);
    assert_string_equal(text, expected);
}

static void name_of_a_user__at_most_64_bytes_and_only_from_passwd_as_read(void **state)
{
    struct subject subject = {.identity = {.uid = 1000}};
    subject.identity.passwd =
        (struct id_file){true, SPAN(TEN TEN TEN TEN TEN TEN TEN ":x:1000:1000::/:/bin/sh\n")};
    ruling_name_subject(&subject, false);
    assert_string_equal(subject.who, "user " TEN TEN TEN TEN TEN TEN "aaaa (uid 1000)");
    subject.identity.passwd = (struct id_file){0};
    ruling_name_subject(&subject, false);
    assert_string_equal(subject.who, "uid 1000");
}

int run_nearest_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_of_another_address_or_protocol__named),
        cmocka_unit_test(rule_of_another_user_or_port__which_to_add),
        cmocka_unit_test(rule_that_matches_below__decides),
        cmocka_unit_test(subject_with_rules__which_option_to_add),
        cmocka_unit_test(rule_that_is_long__cut),
        cmocka_unit_test(user_not_mapped__no_rule_matches),
        cmocka_unit_test(name_of_a_user__at_most_64_bytes_and_only_from_passwd_as_read),
    };
    return cmocka_run_group_tests_name("rules that nearly match", tests, NULL, NULL);
}
