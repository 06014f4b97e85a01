/* SPDX-License-Identifier: MIT */
/* Whom no rule allows anything: a supervisor is not theirs to keep. */
#include "system.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STATIC_HOST SANDBOX_DIR "/host-static"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void assert_refused(const char *reason)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/echo", "executed", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_string_equal(result->standard_output, "");
    assert_contains(result->standard_error, reason);
}

static void refused(const char *policy, const char *reason)
{
    sandbox_policy(policy);
    assert_refused(reason);
}

static void no_rule_for_the_user__refused_with_one(void **state)
{
    char reason[256];
    snprintf(reason, sizeof reason,
             "privbind: cannot supervise the command: no rule allows anything for user %s (uid "
             "%u); add to " PRIVBIND_CONF ": allow user %s tcp PORT\n",
             sandbox_user(), sandbox_uid(), sandbox_user());
    refused("", reason);
    refused("allow user 999 tcp 80\n", reason);
    snprintf(reason, sizeof reason,
             PRIVBIND_CONF
             ":1 denies everything to user %s (uid %u); put a rule that allows the port ",
             sandbox_user(), sandbox_uid());
    char policy[128];
    snprintf(policy, sizeof policy, "deny user %s\nallow anyone any\n", sandbox_user());
    refused(policy, reason);
}

static void policy_with_an_error__refused(void **state)
{
    refused("allow anyone any\nalow\n", PRIVBIND_CONF
            ":2: 'alow' is neither allow nor deny; until that is fixed nothing is allowed\n");
}

/* What a hostile parent of the command gets, which does not care for the answer. */
static void assert_kept_by_force(const char *holds)
{
    const char *const argv[] = {STATIC_HOST, "served_by_hand", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_contains(result->standard_output, holds);
}

static void kept_by_force(const char *policy, const char *holds)
{
    sandbox_policy(policy);
    assert_kept_by_force(holds);
}

static void policy_that_others_may_write__refused_and_nothing_held(void **state)
{
    cannot_run_sanitized("a limit of descriptors is too low for its runtime");
    sandbox_policy("allow anyone any\n");
    chmod(PRIVBIND_CONF, 0666);
    assert_refused(PRIVBIND_CONF " is writable by group or others; fix: chmod go-w " PRIVBIND_CONF);
    assert_kept_by_force("\nholds: 0\nbind: errno 38\n");
}

static void supervisor_kept_without_a_rule__holds_nothing(void **state)
{
    cannot_run_sanitized("a limit of descriptors is too low for its runtime");
    kept_by_force("allow user 999 tcp 80\n", "\nholds: 0\nbind: errno 38\n");
    kept_by_force("", "\nholds: 0\nbind: errno 38\n");
}

static void supervisor_kept_with_a_rule__holds_the_capability(void **state)
{
    cannot_run_sanitized("a limit of descriptors is too low for its runtime");
    kept_by_force("deny anyone tcp 81\nallow anyone tcp 80\n", "\nholds: 1\nbind: ok\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_refused_supervision_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_rule_for_the_user__refused_with_one),
        TEST(policy_with_an_error__refused),
        TEST(policy_that_others_may_write__refused_and_nothing_held),
        TEST(supervisor_kept_without_a_rule__holds_nothing),
        TEST(supervisor_kept_with_a_rule__holds_the_capability),
    };
    return cmocka_run_group_tests_name("refused supervision", tests, NULL, NULL);
}
