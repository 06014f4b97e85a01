/* SPDX-License-Identifier: MIT */
/* Who "privbind -u" means: from USER[:GROUP] to ids. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "resident/account.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                             "# app:x:1:1::/:/bin/sh\n"
                             "app:x:1000:100:An, App:/srv/app:/bin/sh\n"
                             "app:x:1001:101::/second:/bin/sh\n"
                             "1000:x:1002:102::/digits:/bin/sh\n"
                             "other:x:1000:103::/same-uid:/bin/sh\n"
                             "short:x:1003\n"
                             "badgid:x:1004:x::/:/bin/sh\n"
                             "superuser:x:0:5::/:/bin/sh\n"
                             "nohome:x:1005:105\n";
static const char group[] = "root:x:0:\n"
                            "web:x:33:www,app\n"
                            "web:x:34:nobody\n"
                            "again:x:33:app\n"
                            "low:x:7:app,app,\n"
                            "apps:x:50:apple,application\n"
                            "gap:x:70:other,,www\n"
                            "last:x:60:other,app\n";

static struct account account;
static char error[REASON_MAX];

static bool resolve(const char *spec)
{
    const struct id_names known = {SPAN(passwd), SPAN(group)};
    return account_resolve(spec, &known, &account, error);
}

static void assert_account(const char *spec, uid_t uid, gid_t gid, const gid_t *groups,
                           size_t group_count)
{
    if (!resolve(spec))
        fail_msg("%s", error);
    assert_int_equal(account.uid, uid);
    assert_int_equal(account.gid, gid);
    assert_int_equal(account.group_count, group_count);
    assert_memory_equal(account.groups, groups, group_count * sizeof groups[0]);
}

static void name__first_entry_and_its_groups_sorted_once_each(void **state)
{
    const gid_t groups[] = {7, 33, 60, 100};
    assert_account("app", 1000, 100, groups, COUNT(groups));
    assert_true(span_is(account.name, "app"));
    assert_true(span_is(account.home, "/srv/app"));
}

static void number_in_passwd__its_first_entry(void **state)
{
    const gid_t groups[] = {7, 33, 60, 100};
    assert_account("1000", 1000, 100, groups, COUNT(groups));
    assert_true(span_is(account.name, "app"));
}

static void number_not_in_passwd__group_of_the_same_number(void **state)
{
    const gid_t groups[] = {2000};
    assert_account("2000", 2000, 2000, groups, COUNT(groups));
    assert_int_equal(account.name.length, 0);
    assert_int_equal(account.home.length, 0);
}

static void group__replaces_the_primary_one_only(void **state)
{
    const gid_t web[] = {7, 33, 60}, root[] = {0, 7, 33, 60}, number[] = {5};
    assert_account("app:web", 1000, 33, web, COUNT(web));
    assert_account("app:0", 1000, 0, root, COUNT(root));
    assert_account("2000:5", 2000, 5, number, COUNT(number));
}

static void more_groups_than_the_kernel_takes__its_maximum(void **state)
{
    static char many[(ACCOUNT_GROUPS_MAX + 10) * sizeof "g:x:100000:app\n"];
    size_t length = 0;
    for (unsigned i = 0; i < ACCOUNT_GROUPS_MAX + 10; i++)
        length += (size_t)sprintf(many + length, "g:x:%u:app\n", 1000 + i);
    const struct id_names known = {SPAN(passwd), {many, length}};
    assert_true(account_resolve("app", &known, &account, error));
    assert_int_equal(account.group_count, ACCOUNT_GROUPS_MAX);
}

static void entry_without_home__empty(void **state)
{
    const gid_t groups[] = {105};
    assert_account("nohome", 1005, 105, groups, COUNT(groups));
    assert_int_equal(account.home.length, 0);
}

static void wrong_spec__says_why(void **state)
{
    static const struct {
        const char *spec, *error;
    } cases[] = {
        {"", ": a name or a number is missing; write USER or USER:GROUP"},
        {":", ":: a name or a number is missing; write USER or USER:GROUP"},
        {"app:", "app:: a name or a number is missing; write USER or USER:GROUP"},
        {":web", ":web: a name or a number is missing; write USER or USER:GROUP"},
        {"nosuch", "nosuch: no such user in /etc/passwd; give unlisted users by number"},
        {"-1", "-1: no such user in /etc/passwd; give unlisted users by number"},
        {"# app", "# app: no such user in /etc/passwd; give unlisted users by number"},
        {"app:nosuch", "app:nosuch: no such group in /etc/group; give unlisted groups by "
                       "number"},
        {"app:web:x", "app:web:x: no such group in /etc/group; give unlisted groups by number"},
        {"4294967295", "4294967295: the uid is out of range"},
        {"99999999999999999999", "99999999999999999999: the uid is out of range"},
        {"app:4294967295", "app:4294967295: the gid is out of range"},
        {"short", "short: the entry in /etc/passwd has no valid group"},
        {"badgid", "badgid: the entry in /etc/passwd has no valid group"},
        {"root", "root: the command would stay root; choose another user"},
        {"0", "0: the command would stay root; choose another user"},
        {"00", "00: the command would stay root; choose another user"},
        {"superuser", "superuser: the command would stay root; choose another user"},
        {"0:1000", "0:1000: the command would stay root; choose another user"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (resolve(cases[i].spec))
            fail_msg("%s is taken", cases[i].spec);
        assert_string_equal(error, cases[i].error);
    }
}

int run_account_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name__first_entry_and_its_groups_sorted_once_each),
        cmocka_unit_test(number_in_passwd__its_first_entry),
        cmocka_unit_test(number_not_in_passwd__group_of_the_same_number),
        cmocka_unit_test(group__replaces_the_primary_one_only),
        cmocka_unit_test(more_groups_than_the_kernel_takes__its_maximum),
        cmocka_unit_test(entry_without_home__empty),
        cmocka_unit_test(wrong_spec__says_why),
    };
    return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
