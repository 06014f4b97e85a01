/* SPDX-License-Identifier: MIT */
/* privbind --check: the helper, on demand and resident, and what it says of it. */
#include "doctor.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define WITH_HELPER(path) ((const char *const[]){"PRIVBIND_HELPER=" path, NULL})

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void helper_unusable__FAIL(void **state)
{
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/plain");
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/no-x");
    sandbox_set_capability(SANDBOX_DIR "/no-x");
    chmod(SANDBOX_DIR "/no-x", 0644);
    assert_failed(check_80_with(WITH_HELPER("/nonexistent")),
                  "\nFAIL  helper: /nonexistent: No such file or directory; install it there: ");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/no-x")),
                  "/no-x is not executable for this user; as root: chmod 755 " SANDBOX_DIR);
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/plain")),
                  "\nFAIL  capability: the helper's file has none; as root: setcap "
                  "cap_net_bind_service=p " SANDBOX_DIR "/plain\n");
}

static void helper_on_nosuid_mount__FAIL(void **state)
{
    const char *directory = SANDBOX_DIR "/doctor-nosuid";
    mkdir(directory, 0755);
    if (mount("tmpfs", directory, "tmpfs", MS_NOSUID, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", directory);
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/doctor-nosuid/helper");
    sandbox_set_capability(SANDBOX_DIR "/doctor-nosuid/helper");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/doctor-nosuid/helper")),
                  "\nFAIL  mount: the helper is on a nosuid mount, where file capabilities do not "
                  "count; as root: mount -o remount,suid \"$(stat -c %m " SANDBOX_DIR
                  "/doctor-nosuid/helper)\"; or install it elsewhere\n");
    umount(directory);
}

static void helper_on_noexec_mount__FAIL(void **state)
{
    const char *directory = SANDBOX_DIR "/doctor-noexec";
    mkdir(directory, 0755);
    if (mount("tmpfs", directory, "tmpfs", MS_NOEXEC, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", directory);
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/doctor-noexec/helper");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/doctor-noexec/helper")),
                  "/helper is on a noexec mount; as root: mount -o remount,exec ");
    umount(directory);
}

static void helper_in_a_closed_folder__FAIL(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("the only uid of a user namespace owns every directory");
    mkdir(SANDBOX_DIR "/closed", 0700);
    assert_failed(
        check_80_with(WITH_HELPER(SANDBOX_DIR "/closed/helper")),
        "/helper: Permission denied; as root make its directories searchable: chmod a+x\n");
}

static void supervisor_missing_or_without_capability__noted(void **state)
{
    static const char cannot[] =
        "\nnote  supervision: Go and static programs cannot be supervised here: ";
    mkdir(SANDBOX_DIR "/alone", 0755);
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/alone/privbind-helper");
    sandbox_set_capability(SANDBOX_DIR "/alone/privbind-helper");
    const struct run_result *result =
        check_80_with(WITH_HELPER(SANDBOX_DIR "/alone/privbind-helper"));
    assert_worked(result, cannot);
    assert_contains(result->standard_output,
                    "/alone/privbind-supervisor: No such file or directory; install it there: ");
    sandbox_copy_file(SANDBOX_SUPERVISOR, SANDBOX_DIR "/alone/privbind-supervisor");
    result = check_80_with(WITH_HELPER(SANDBOX_DIR "/alone/privbind-helper"));
    assert_worked(result, cannot);
    assert_contains(result->standard_output,
                    "the supervisor's file has no capability; as root: "
                    "setcap cap_net_bind_service=p " SANDBOX_DIR "/alone/privbind-supervisor\n");
    sandbox_set_capability(SANDBOX_DIR "/alone/privbind-supervisor");
    assert_worked(check_80_with(WITH_HELPER(SANDBOX_DIR "/alone/privbind-helper")),
                  "\nnote  supervision: privbind can supervise Go and static programs here; ");
}

static void helper_silent__FAIL(void **state)
{
    system_copy_built("fake_helper", SANDBOX_DIR "/says-nothing");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/says-nothing")),
                  "FAIL  bind: 80/tcp: no answer from " SANDBOX_DIR "/says-nothing; see the ");
}

static void resident_helper_gone__noted_and_the_other_one_is_tried(void **state)
{
    static const char *const variables[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                            "PRIVBIND_SOCKET=@privbind-gone", NULL};
    assert_worked(check_80_with(variables),
                  "\nnote  helper: the resident helper of privbind -u is gone, "
                  "and privbind-helper is asked instead; to get it back, ");
}

static void resident_helper_there__its_rule_is_named(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u",      "target", "-a",
                                "tcp 80",         "--check", "80/tcp", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    assert_worked(result, "note  user: this is user target (uid " TARGET_ID ")\n");
    assert_contains(result->standard_output,
                    "ok    bind: 80/tcp worked: bound for uid " TARGET_ID " by privbind -a "
                    "'tcp 80'\n");
    assert_contains(result->standard_output,
                    "\nok    helper: the resident helper of privbind -u answers\n");
}

static void command_without_new_privileges__resident_helper_binds_all_the_same(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", "tcp 80", "--check",
                                "--no-new-privs", "80", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    assert_worked(result, "\nok    helper: the resident helper of privbind -u answers\n");
    assert_null(strstr(result->standard_output, "FAIL"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_doctor_helper_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(helper_unusable__FAIL),
        TEST(helper_on_nosuid_mount__FAIL),
        TEST(helper_on_noexec_mount__FAIL),
        TEST(helper_in_a_closed_folder__FAIL),
        TEST(supervisor_missing_or_without_capability__noted),
        TEST(helper_silent__FAIL),
        TEST(resident_helper_gone__noted_and_the_other_one_is_tried),
        TEST(resident_helper_there__its_rule_is_named),
        TEST(command_without_new_privileges__resident_helper_binds_all_the_same),
    };
    return cmocka_run_group_tests_name("the doctor: the helper", tests, NULL, NULL);
}
