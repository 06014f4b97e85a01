/* SPDX-License-Identifier: MIT */
/* privbind -u: root's keys stay root's. */
#include "system.h"

#include <err.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECRET "privbind-test-secret"

/* Such as pam_keyinit(8) leaves to root's shell. */
static void add_key_to_session(void)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
        syscall(SYS_add_key, "user", SECRET, "x", 1, KEY_SPEC_SESSION_KEYRING) < 0)
        warn("keyring");
}

/* A process sees there what it may view, its session's keys among them (proc(5)). */
static const struct run_result *keys_seen_by(const char *const *argv, bool stays_root)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    return run(&(struct run){.argv = argv,
                             .environment = environment,
                             .stays_root = stays_root,
                             .as_root = add_key_to_session});
}

static void root_session_key__out_of_the_commands_reach(void **state)
{
    static const char *const plain[] = {"/bin/cat", "/proc/keys", NULL};
    static const char *const preloaded[] = {SANDBOX_LAUNCHER, "-u", "target", "cat",
                                            "/proc/keys",     NULL};
    static const char *const supervised[] = {SANDBOX_LAUNCHER, "-m",  "seccomp",    "-u",
                                             "target",         "cat", "/proc/keys", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    if (strstr(keys_seen_by(plain, false)->standard_output, SECRET) == NULL)
        cannot_run("no keyring can be had here (container: seccomp profile)");
    const struct run_result *result = keys_seen_by(preloaded, true);
    assert_int_equal(result->status, 0);
    assert_null(strstr(result->standard_output, SECRET));
    result = keys_seen_by(supervised, true);
    assert_int_equal(result->status, 0);
    assert_null(strstr(result->standard_output, SECRET));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_keyring_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(root_session_key__out_of_the_commands_reach)};
    return cmocka_run_group_tests_name("keyrings", tests, NULL, NULL);
}
