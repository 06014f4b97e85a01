/* SPDX-License-Identifier: MIT */
/* What "privbind --policy" says of a text: errors, names that nobody has, rules in vain. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "doctor/lint.h"

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

static void add_error(void *context, size_t line, const char *message)
{
    char *report = context;
    sprintf(report + strlen(report), "error %zu: %s\n", line, message);
}

static void add_note(void *context, size_t line, const char *message)
{
    char *report = context;
    sprintf(report + strlen(report), "note %zu: %s\n", line, message);
}

static void assert_report(const char *text, size_t errors, const char *expected)
{
    char report[2048] = "";
    const struct id_names known = {passwd, group};
    const struct lint_reader reader = {add_error, add_note, report};
    const size_t found = lint_policy((struct span){text, strlen(text)}, &known, &reader);
    assert_string_equal(report, expected);
    assert_int_equal(found, errors);
}

static void check_of_text_in_order__says_nothing(void **state)
{
    assert_report("", 0, "");
    assert_report("# 1\n\nallow user alice,0,4711 80\ndeny group web,nogroup,4711\n", 0, "");
    assert_report("allow anyone tcp,udp 80,443 on ::1\ndeny anyone\n", 0, "");
}

static void check_of_unknown_names__notes(void **state)
{
    assert_report("allow user ghost,alice,web 80\n# 2\ndeny group bob,web,ghost,short,x\n", 0,
                  "note 1: no user 'ghost' in /etc/passwd: this matches no one\n"
                  "note 1: no user 'web' in /etc/passwd: this matches no one\n"
                  "note 3: no group 'bob' in /etc/group: this matches no one\n"
                  "note 3: no group 'ghost' in /etc/group: this matches no one\n"
                  "note 3: no group 'short' in /etc/group: this matches no one\n"
                  "note 3: no group 'x' in /etc/group: this matches no one\n");
}

static void check_of_many_errors__all_in_order_of_lines(void **state)
{
    assert_report("grant\n"
                  "allow user ghost 80\n"
                  "allow user ghost 0\n"
                  "deny anyone\n"
                  "deny user bob\r\n"
                  "allow anyone 2-1,70000 on nowhere\n"
                  "\n"
                  "deny group ghost\n"
                  "deny anyone",
                  5,
                  "error 1: 'grant' is neither allow nor deny\n"
                  "note 2: no user 'ghost' in /etc/passwd: this matches no one\n"
                  "error 3: port 0 is out of range\n"
                  "error 5: the line contains a carriage return; use Unix line endings\n"
                  "error 6: range 2-1 runs backwards\n"
                  "note 8: no group 'ghost' in /etc/group: this matches no one\n"
                  "note 8: this rule never matches: line 4 already covers it\n"
                  "error 9: the last line does not end in a newline; is the file cut short?\n");
}

/* Two rules, the later one a part of the earlier one, or not. */
static void assert_covered(const char *earlier, const char *later, bool covered)
{
    char text[512];
    snprintf(text, sizeof text, "%s\n%s\n", earlier, later);
    assert_report(text, 0,
                  covered ? "note 2: this rule never matches: line 1 already covers it\n" : "");
}

static void rule_within_an_earlier_one__never_matches(void **state)
{
    static const struct {
        const char *earlier, *later;
    } cases[] = {
        {"deny anyone", "allow user alice tcp 80"},
        {"allow user alice tcp 80", "allow user alice tcp 80"},
        {"allow user alice tcp 80", "deny user 1000 tcp 80"},
        {"allow user 01000,bob tcp 80", "allow user bob,alice tcp 80"},
        {"allow user alice tcp 80", "allow user alias tcp 80"},
        {"allow group web,staff 80", "allow group 33 80"},
        {"allow anyone tcp 80", "allow anyone mptcp 80"},
        {"allow anyone 80", "allow anyone sctp,udp 80"},
        {"allow anyone any", "allow anyone 1-65535"},
        {"allow anyone 1-65535", "allow anyone any"},
        {"allow anyone 90-99,1-50,51-89", "allow anyone 10-95,99"},
        {"allow anyone 80 on 10.0.0.0/8", "allow anyone 80 on 10.1.0.0/16,10.2.3.4"},
        {"allow anyone 80 on 0.0.0.0/8", "allow anyone 80 on 0.0.0.0/8"},
        {"allow anyone 80 on 0.0.0.0/0", "allow anyone 80 on 0.0.0.0,127.0.0.1"},
        {"allow anyone 80 on ::/0,0.0.0.0/0", "allow anyone 80"},
        {"allow anyone 80 on ::ffff:0.0.0.0/96,::/0", "allow anyone 80 on ::,0.0.0.0"},
        {"deny anyone 80 on 0.0.0.0", "allow anyone 80 on ::,0.0.0.0"},
        {"allow anyone 80 on 127.0.0.1", "allow anyone 80 on ::ffff:127.0.0.1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_covered(cases[i].earlier, cases[i].later, true);
}

static void rule_with_more_than_an_earlier_one__nothing_said(void **state)
{
    static const struct {
        const char *earlier, *later;
    } cases[] = {
        {"deny user alice", "deny anyone"},
        {"allow user alice 80", "allow group staff,web 80"},
        {"allow group web 80", "allow user alice 80"},
        {"allow user alice 80", "allow user alice,bob 80"},
        {"allow anyone mptcp 80", "allow anyone tcp 80"},
        {"allow anyone tcp 80", "allow anyone 80"},
        {"allow anyone 80,443", "allow anyone 80-443"},
        {"allow anyone 1-65534", "allow anyone any"},
        {"allow anyone 2-65535", "allow anyone any"},
        {"allow anyone 80 on 127.0.0.1", "allow anyone 80"},
        {"allow anyone 80 on 10.0.0.0/16", "allow anyone 80 on 10.0.0.0/8"},
        {"allow anyone 80 on 0.0.0.0/8", "allow anyone 80 on 0.0.0.0"},
        {"allow anyone 80 on 0.0.0.0", "allow anyone 80 on 127.0.0.1"},
        {"allow anyone 80 on 0.0.0.0", "allow anyone 80 on ::,0.0.0.0"},
        {"allow anyone 80 on 0.0.0.0/0", "deny anyone 80 on 0.0.0.0,127.0.0.1"},
        {"allow anyone 80 on 0.0.0.0/0", "allow anyone 80"},
        {"allow anyone 80 on ::/0", "allow anyone 80"},
        {"allow anyone 80 on ::/0", "allow anyone 80 on 1.2.3.4"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_covered(cases[i].earlier, cases[i].later, false);
}

int run_lint_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_of_text_in_order__says_nothing),
        cmocka_unit_test(check_of_unknown_names__notes),
        cmocka_unit_test(check_of_many_errors__all_in_order_of_lines),
        cmocka_unit_test(rule_within_an_earlier_one__never_matches),
        cmocka_unit_test(rule_with_more_than_an_earlier_one__nothing_said),
    };
    return cmocka_run_group_tests_name("what is said of a policy", tests, NULL, NULL);
}
