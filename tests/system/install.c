/* SPDX-License-Identifier: MIT */
/* make install, use from there, make uninstall: into a directory of one's own and into /usr/local.
 */
#include "system.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX SANDBOX_DIR "/prefix"
#define OWN_ETC SANDBOX_DIR "/own-etc"

/* Runs make in the source directory, where the tests are started, as the sandbox's root. */
static void make(const char *arguments)
{
    char command[4096];
    if (!system_has_compiler())
        cannot_run(SYSTEM_NO_COMPILER);
    cannot_run_sanitized("what make installs is not sanitized");
    snprintf(command, sizeof command, "make -s %s >/dev/null", arguments);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void assert_bound_with(const char *preload)
{
    char variable[256];
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", preload);
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    const char *const environment[] = {variable, NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    if (strstr(result->standard_output, "0.0.0.0: ok\n") == NULL)
        fail_msg("%s%s", result->standard_output, result->standard_error);
}

/* The regular files below a directory. */
static const char *files_below(const char *directory)
{
    const char *const argv[] = {"/bin/sh", "-c", "find \"$0\" -type f | sort", directory, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    return run(&(struct run){.argv = argv, .environment = environment})->standard_output;
}

/* Somebody may have linked to the helper that is replaced. */
static void assert_retired(const char *link)
{
    struct stat status;
    assert_int_equal(stat(link, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0);
    assert_int_equal(status.st_nlink, 1);
}

static void own_folder__works_from_there(void **state)
{
    char arguments[2048];
    snprintf(arguments, sizeof arguments, "BUILD=%s/install PREFIX=" PREFIX " SYSCONFDIR=" OWN_ETC,
             system_build);
    char install[2100], uninstall[2100];
    snprintf(install, sizeof install, "install %s", arguments);
    snprintf(uninstall, sizeof uninstall, "uninstall %s", arguments);

    make(install);
    assert_string_equal(files_below(OWN_ETC), OWN_ETC "/privbind.conf\n");
    sandbox_policy("");
    sandbox_write_file(OWN_ETC "/privbind.conf", ALLOW_ALL);
    assert_bound_with(PREFIX "/lib/libprivbind.so");
    assert_int_equal(link(PREFIX "/libexec/privbind-helper", SANDBOX_DIR "/first"), 0);
    make(install); /* a second time: the policy stays */
    assert_retired(SANDBOX_DIR "/first");
    assert_bound_with(PREFIX "/lib/libprivbind.so");
    assert_int_equal(link(PREFIX "/libexec/privbind-helper", SANDBOX_DIR "/second"), 0);
    make(uninstall);
    assert_retired(SANDBOX_DIR "/second");
    assert_string_equal(files_below(PREFIX), "");
    assert_string_equal(files_below(OWN_ETC), OWN_ETC "/privbind.conf\n");
}

static void usr_local__works_by_bare_name(void **state)
{
    if (mount("tmpfs", "/usr/local", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "/usr/local");
    unlink(PRIVBIND_CONF);
    char arguments[2048];
    snprintf(arguments, sizeof arguments, "install BUILD=%s", system_build);
    make(arguments);
    assert_contains(files_below("/usr/local"), "/usr/local/lib/libprivbind.so\n"
                                               "/usr/local/libexec/privbind-helper\n");
    sandbox_policy(ALLOW_ALL);
    assert_bound_with("libprivbind.so");

    unlink(PRIVBIND_CONF);
    make(arguments);
    snprintf(arguments, sizeof arguments, "uninstall BUILD=%s", system_build);
    make(arguments);
    assert_string_equal(files_below("/usr/local"), "");
    assert_int_equal(access("/usr/local/libexec", F_OK), -1);
    assert_int_equal(access("/usr/local/share/doc/privbind", F_OK), -1);
    assert_int_equal(access("/usr/local/share/man", F_OK), 0);
    assert_int_equal(access("/usr/local/share/zsh/site-functions", F_OK), 0);
    assert_int_equal(access(PRIVBIND_CONF, F_OK), -1);
    umount("/usr/local");
}

static void destdir__sets_nothing_outside(void **state)
{
    char arguments[2048];
    snprintf(arguments, sizeof arguments, "install BUILD=%s DESTDIR=" SANDBOX_DIR "/stage",
             system_build);
    make(arguments);
    static const char *const files[] = {PRIVBIND_CONF,
                                        "/usr/local/bin/privbind",
                                        "/usr/local/share/bash-completion/completions/privbind",
                                        "/usr/local/share/fish/vendor_completions.d/privbind.fish",
                                        "/usr/local/share/zsh/site-functions/_privbind",
                                        "/usr/local/lib/libprivbind.so",
                                        "/usr/local/libexec/privbind-helper"};
    const char *installed = files_below(SANDBOX_DIR "/stage");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char line[256];
        snprintf(line, sizeof line, SANDBOX_DIR "/stage%s\n", files[i]);
        assert_contains(installed, line);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_install_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(own_folder__works_from_there),
        TEST(usr_local__works_by_bare_name),
        TEST(destdir__sets_nothing_outside),
    };
    return cmocka_run_group_tests_name("installation", tests, NULL, NULL);
}
