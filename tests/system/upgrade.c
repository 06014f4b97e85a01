/* SPDX-License-Identifier: MIT */
/* What "make install" does to programs that run meanwhile, and to files that it finds. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PREFIX SANDBOX_DIR "/prefix"
#define OWN_ETC SANDBOX_DIR "/own-etc"
#define HELPER PREFIX "/libexec/privbind-helper"
#define DONE SANDBOX_DIR "/done"

/* Runs a command as the sandbox's root, in the source directory; returns what it prints. */
static const struct run_result *shell(const char *format, ...)
{
    static char command[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL}; /* as su leaves it */
    return run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
}

static const struct run_result *make(const char *goal)
{
    if (!system_has_compiler())
        cannot_run(SYSTEM_NO_COMPILER);
    cannot_run_sanitized("what make installs is not sanitized");
    return shell("make -s %s BUILD=%s/install PREFIX=" PREFIX " SYSCONFDIR=" OWN_ETC " 2>&1", goal,
                 system_build);
}

static void install(void)
{
    const struct run_result *result = make("install");
    if (result->status != 0)
        fail_msg("%s", result->standard_output);
    sandbox_write_file(OWN_ETC "/privbind.conf", ALLOW_ALL);
}

static bool has_capability(const char *path)
{
    return getxattr(path, "security.capability", NULL, 0) > 0;
}

static void set_capability(const char *arguments, int expected, const char *message)
{
    const struct run_result *result = shell("%s/set-capability %s", system_build, arguments);
    assert_int_equal(WEXITSTATUS(result->status), expected);
    assert_contains(result->standard_error, message);
}

/* Three upgrades beside the test. */
static pid_t start_upgrades(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            if (make("install")->status != 0)
                _exit(EXIT_FAILURE);
        sandbox_write_file(DONE, "");
        _exit(EXIT_SUCCESS);
    }
    return pid;
}

static void upgrades_beside_binds__none_fails(void **state)
{
    static const char binds[] =
        "until [ -e " DONE " ]; do\n"
        "    out=$(LD_PRELOAD=" PREFIX "/lib/libprivbind.so " HOST " ipv4_any__bound 2>&1)\n"
        "    case $out in *': ok'*) ;; *) echo \"$out\" ;; esac\n"
        "done";
    const char *const argv[] = {"/bin/sh", "-c", binds, NULL};
    int status;
    install();
    unlink(DONE);
    pid_t upgrades = start_upgrades();
    assert_string_equal(run(&(struct run){.argv = argv})->standard_output, "");
    assert_int_equal(waitpid(upgrades, &status, 0), upgrades);
    assert_int_equal(status, 0);
    assert_true(has_capability(HELPER));
}

static void a_link_in_the_helpers_place__replaced_not_followed(void **state)
{
    struct stat status;
    install();
    sandbox_write_file(SANDBOX_DIR "/victim", "");
    chmod(SANDBOX_DIR "/victim", 0644);
    unlink(HELPER);
    assert_int_equal(symlink(SANDBOX_DIR "/victim", HELPER), 0);
    assert_int_equal(symlink(SANDBOX_DIR "/victim", HELPER ".new"), 0);
    install();
    assert_int_equal(stat(SANDBOX_DIR "/victim", &status), 0);
    assert_int_equal(status.st_size, 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    assert_false(has_capability(SANDBOX_DIR "/victim"));
    assert_int_equal(lstat(HELPER, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_true(has_capability(HELPER));
}

static void left_by_an_interrupted_upgrade__retired(void **state)
{
    struct stat status;
    install();
    assert_int_equal(rename(HELPER, HELPER ".new"), 0);
    unlink(SANDBOX_DIR "/kept");
    assert_int_equal(link(HELPER ".new", SANDBOX_DIR "/kept"), 0);
    install();
    assert_int_equal(stat(SANDBOX_DIR "/kept", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0);
    assert_int_equal(status.st_nlink, 1);
}

static void upgrade_without_a_supervisor__old_one_goes(void **state)
{
    struct stat status;
    install();
    unlink(SANDBOX_DIR "/kept");
    assert_int_equal(link(PREFIX "/libexec/privbind-supervisor", SANDBOX_DIR "/kept"), 0);
    assert_int_equal(make("install SUPERVISOR=no")->status, 0);
    assert_int_equal(access(PREFIX "/libexec/privbind-supervisor", F_OK), -1);
    assert_int_equal(stat(SANDBOX_DIR "/kept", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0);
    assert_true(has_capability(HELPER));
}

static void capability_for_a_symbolic_link__refused(void **state)
{
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/plain");
    unlink(SANDBOX_DIR "/link-to-plain");
    assert_int_equal(symlink("plain", SANDBOX_DIR "/link-to-plain"), 0);
    set_capability(SANDBOX_DIR "/link-to-plain", EXIT_FAILURE, "link-to-plain: ");
    assert_false(has_capability(SANDBOX_DIR "/plain"));
    set_capability(SANDBOX_DIR "/plain", EXIT_SUCCESS, "");
    assert_true(has_capability(SANDBOX_DIR "/plain"));
}

static void installation__writes_nothing_into_the_build_folder(void **state)
{
    static char before[65536];
    static const char list[] = "find %s/install -type f ! -name flags -printf '%%p %%T@\\n' | sort";
    install();
    snprintf(before, sizeof before, "%s", shell(list, system_build)->standard_output);
    install();
    assert_string_equal(shell(list, system_build)->standard_output, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_upgrade_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(upgrades_beside_binds__none_fails),
        TEST(a_link_in_the_helpers_place__replaced_not_followed),
        TEST(left_by_an_interrupted_upgrade__retired),
        TEST(upgrade_without_a_supervisor__old_one_goes),
        TEST(capability_for_a_symbolic_link__refused),
        TEST(installation__writes_nothing_into_the_build_folder),
    };
    return cmocka_run_group_tests_name("upgrades", tests, NULL, NULL);
}
