/* SPDX-License-Identifier: MIT */
/* What rarely happens: files that cannot be read, output that cannot be written, odd settings. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define BIND_80 HOST, "ipv4_any__bound", NULL

static const struct run_result *run_in(const char *const *environment, bool as_root,
                                       void (*before)(void), const char *const *argv)
{
    return run(&(struct run){
        .argv = argv, .environment = environment, .stays_root = as_root, .as_root = before});
}

#define RUN(environment, as_root, before, ...)                                                     \
    run_in(environment, as_root, before, (const char *const[]){__VA_ARGS__, NULL})

static void fill_stdout(void)
{
    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
}

static void launcher_with_full_stdout__exits_125(void **state)
{
    assert_exits(RUN(NULL, false, fill_stdout, SANDBOX_LAUNCHER, "--help"), 125,
                 "privbind: cannot write: No space left on device");
    assert_exits(RUN(NULL, false, fill_stdout, SANDBOX_LAUNCHER, "--policy"), 125,
                 "privbind: cannot write");
    assert_exits(RUN(NULL, false, fill_stdout, SANDBOX_LAUNCHER, "--check", "80"), 125,
                 "privbind: cannot write");
}

static void what_too_long__refused(void **state)
{
    static char what[5000];
    memset(what, '1', sizeof what - 1);
    if (sandbox_is_user_namespace())
        cannot_run("the only uid is 0, which -u does not change");
    assert_exits(RUN(NULL, true, NULL, SANDBOX_LAUNCHER, "-u", "target", "-a", what, "true"), 125,
                 "privbind: -a is longer than 4095 bytes; repeat -a instead\n");
}

/* Even root cannot read a directory as a file. */
static void passwd_unreadable__said(void **state)
{
    if (unlink("/etc/passwd") != 0 || mkdir("/etc/passwd", 0755) != 0)
        err(EXIT_FAILURE, "/etc/passwd");
    static struct run_result launched;
    launched = *RUN(NULL, true, NULL, SANDBOX_LAUNCHER, "-u", "target", "true");
    const struct run_result *checked = RUN(NULL, true, NULL, SANDBOX_LAUNCHER, "--policy");
    rmdir("/etc/passwd");
    sandbox_names();
    assert_exits(&launched, 125, "privbind: /etc/passwd or /etc/group cannot be read\n");
    assert_contains(checked->standard_output, "note: /etc/passwd or /etc/group cannot be read");
}

/* All that a supervised command starts is supervised: our library goes, others stay. */
static void supervised__library_removed_from_LD_PRELOAD(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"LD_PRELOAD=" SANDBOX_LIBRARY, "LD_PRELOAD=\n"},
        {"LD_PRELOAD=/no/a.so:" SANDBOX_LIBRARY " /no/b.so", "LD_PRELOAD=/no/a.so /no/b.so\n"},
        {"LD_PRELOAD=/no/not-libprivbind.so.1", "LD_PRELOAD=/no/not-libprivbind.so.1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const environment[] = {PATH, "PRIVBIND_HELPER=" SANDBOX_HELPER, cases[i].before,
                                           NULL};
        assert_contains(RUN(environment, false, NULL, SANDBOX_LAUNCHER, "-m", "seccomp", "env")
                            ->standard_output,
                        cases[i].after);
    }
}

static void policy_that_is_a_loop__named(void **state)
{
    unlink(PRIVBIND_CONF);
    if (symlink(PRIVBIND_CONF, PRIVBIND_CONF) != 0)
        err(EXIT_FAILURE, PRIVBIND_CONF);
    const struct run_result *result = RUN(system_environment, false, NULL, BIND_80);
    unlink(PRIVBIND_CONF);
    assert_contains(result->standard_error, PRIVBIND_CONF " cannot be opened: ");
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
}

/* The kernel's files have size 0 and text all the same: as one that grows while it is read. */
static void policy_that_grows__error(void **state)
{
    const struct run_result *result =
        RUN(NULL, false, NULL, SANDBOX_LAUNCHER, "--policy", "--file", "/proc/version");
    assert_contains(result->standard_output, "/proc/version: cannot be read: ");
    assert_int_equal(WEXITSTATUS(result->status), 1);
}

static void hide_proc(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("tmpfs", "/proc", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "/proc");
}

static void no_capability_and_no_proc__said(void **state)
{
    static const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                              "PRIVBIND_HELPER=" SANDBOX_DIR "/incapable", NULL};
    cannot_run_sanitized("it reads /proc when it starts");
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/incapable");
    assert_contains(RUN(environment, false, hide_proc, BIND_80)->standard_error,
                    "helper has no CAP_NET_BIND_SERVICE: cannot say why without /proc; mount it");
}

static void refusals__name_the_protocol(void **state)
{
    static const char *const environment[] = {
        "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1", NULL};
    sandbox_policy("");
    const char *errors =
        RUN(environment, false, NULL, HOST, "every_protocol__as_the_kernel")->standard_error;
    assert_contains(errors, "privbind: tcp ");
    assert_contains(errors, "privbind: udp ");
    assert_contains(errors, "privbind: udplite ");
}

static void helper_path_with_a_loop__errno_as_number(void **state)
{
    static const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                              "PRIVBIND_HELPER=" SANDBOX_DIR "/loop", NULL};
    if (symlink(SANDBOX_DIR "/loop", SANDBOX_DIR "/loop") != 0)
        err(EXIT_FAILURE, "symlink");
    assert_contains(RUN(environment, false, NULL, BIND_80)->standard_error,
                    "cannot execute " SANDBOX_DIR "/loop: errno 40; ");
}

static void helper_path_too_long__installed_one_tried(void **state)
{
    static char variable[6000] = "PRIVBIND_HELPER=/";
    memset(variable + strlen(variable), 'a', sizeof variable - strlen(variable) - 1);
    const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY, variable, NULL};
    if (access(PRIVBIND_HELPER_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    assert_contains(RUN(environment, false, NULL, BIND_80)->standard_error,
                    "cannot execute " PRIVBIND_HELPER_PATH ": ");
}

/* While another thread waits for its helper, a bind needs memory of its own. */
static void second_bind_without_memory__EACCES_and_named(void **state)
{
    static const char *const environment[] = {
        "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" SANDBOX_DIR "/answers-much-later", NULL};
    cannot_run_sanitized("it needs address space of its own");
    system_copy_built("fake_helper", SANDBOX_DIR "/answers-much-later");
    const struct run_result *result =
        RUN(environment, false, NULL, HOST, "second_bind_without_memory__EACCES");
    assert_string_equal(result->standard_output, "second: errno 13\nfirst: 0\n");
    assert_string_equal(result->standard_error,
                        "privbind: cannot ask the helper: no memory for a stack (mmap); raise the "
                        "limit on memory (ulimit -v)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_rare_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(launcher_with_full_stdout__exits_125),
        TEST(what_too_long__refused),
        TEST(passwd_unreadable__said),
        TEST(supervised__library_removed_from_LD_PRELOAD),
        TEST(policy_that_is_a_loop__named),
        TEST(policy_that_grows__error),
        TEST(no_capability_and_no_proc__said),
        TEST(refusals__name_the_protocol),
        TEST(helper_path_with_a_loop__errno_as_number),
        TEST(helper_path_too_long__installed_one_tried),
        TEST(second_bind_without_memory__EACCES_and_named),
    };
    return cmocka_run_group_tests_name("what is rare", tests, NULL, NULL);
}
