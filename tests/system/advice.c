/* SPDX-License-Identifier: MIT */
/* What a refusal advises, where one thing hides another, and that the advice works. */
#include "system.h"

#include <err.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACER SANDBOX_DIR "/advice-tracer"
#define STATIC_HOST SANDBOX_DIR "/advice-static"
#define NOSUID SANDBOX_DIR "/advice-nosuid"
#define SEEN "0.0.0.0: ok\n"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                          "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static const struct run_result *traced(const char *option)
{
    const char *argv[] = {TRACER, option, HOST, "ipv4_any__bound", NULL};
    if (option == NULL)
        memmove(argv + 1, argv + 2, 3 * sizeof *argv);
    return run(&(struct run){.argv = argv, .environment = system_environment});
}

static void tracer_of_children__to_be_started_by_privbind(void **state)
{
    assert_contains(traced(NULL)->standard_error,
                    "put privbind in front of the tracer (privbind -m seccomp strace -f "
                    "...), or do not trace children");
}

static void tracer_that_has_gone__named(void **state)
{
    assert_contains(
        traced("-d")->standard_error,
        "this process was traced when it started (put privbind in front of the tracer: privbind -m "
        "seccomp ltrace ...)");
}

static void tracer_started_by_privbind__bound(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", TRACER, "-d", HOST,
                                "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_string_equal(result->standard_error, "");
    assert_contains(result->standard_output, SEEN);
}

static void set_no_new_privs(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* As in bubblewrap: the mount cannot be fixed. The supervisor's file is asked, since the library
   asks no helper. */
static void no_new_privs_on_a_nosuid_mount__the_first_is_named(void **state)
{
    static const char *const variables[] = {"PRIVBIND_HELPER=" NOSUID "/privbind-helper", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", HOST, "ipv4_any__bound", NULL};
    mkdir(NOSUID, 0755);
    if (mount("tmpfs", NOSUID, "tmpfs", MS_NOSUID, "mode=755") != 0)
        err(EXIT_FAILURE, NOSUID);
    sandbox_copy_file(SANDBOX_HELPER, NOSUID "/privbind-helper");
    sandbox_copy_file(SANDBOX_SUPERVISOR, NOSUID "/privbind-supervisor");
    sandbox_set_capability(NOSUID "/privbind-supervisor");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = variables, .as_target = set_no_new_privs});
    umount(NOSUID);
    assert_contains(result->standard_error, "this process has no_new_privs set; ");
    assert_contains(result->standard_error,
                    "put privbind in front of what sets it (privbind -m seccomp bwrap ...)");
}

static void no_new_privs__sandbox_to_be_started_by_privbind(void **state)
{
    const struct run_result *result = system_run_host_after("ipv4_any__bound", set_no_new_privs);
    assert_contains(result->standard_error,
                    "put privbind in front of what sets it (privbind -m seccomp bwrap ...)");
}

static void enter_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0)
        err(EXIT_FAILURE, "CLONE_NEWUSER");
}

static void user_namespace__to_be_made_behind_privbind(void **state)
{
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = system_environment, .as_target = enter_user_namespace});
    assert_contains(
        result->standard_error,
        "put privbind in front of what made the namespace (privbind -m seccomp unshare -r ..., "
        "privbind -m seccomp bwrap ...), or set the sysctl ");
}

static const char *const verbose[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "PRIVBIND_DEBUG=1",
                                      "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void supervised_in_another_network__told_with_PRIVBIND_DEBUG(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", "unshare", "-Un", HOST,
                                "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = verbose});
    assert_contains(result->standard_error,
                    "privbind: a bind: in another network namespace (bwrap --unshare-net, ");
}

static void supervised_in_another_network__nothing_said(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", "unshare", "-Un", HOST,
                                "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_contains(result->standard_output, "0.0.0.0: errno 13\n");
    assert_string_equal(result->standard_error, "");
}

/* As root of a rootless container: the kernel allows it. */
static void supervised_in_another_network_as_its_root__bound_and_nothing_said(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", "unshare", "-rn", HOST,
                                "ipv4_any__bound", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("uid 0, the only one in this user namespace, is mapped with CAP_SETFCAP only");
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = verbose});
    assert_null(strstr(result->standard_error, "network"));
    assert_contains(result->standard_output, SEEN);
}

static void hide_proc(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/proc", "tmpfs", 0, NULL) != 0)
        err(EXIT_FAILURE, "/proc");
}

/* As in a chroot: what the program is can be seen all the same. */
static void static_program_without_proc__supervised(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("uid 0, the only one in this user namespace, is root to the launcher");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .as_root = hide_proc});
    assert_string_equal(result->standard_error, "");
    assert_contains(result->standard_output, SEEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_advice_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tracer_of_children__to_be_started_by_privbind),
        TEST(tracer_that_has_gone__named),
        TEST(tracer_started_by_privbind__bound),
        TEST(no_new_privs_on_a_nosuid_mount__the_first_is_named),
        TEST(no_new_privs__sandbox_to_be_started_by_privbind),
        TEST(user_namespace__to_be_made_behind_privbind),
        TEST(supervised_in_another_network__told_with_PRIVBIND_DEBUG),
        TEST(supervised_in_another_network__nothing_said),
        TEST(supervised_in_another_network_as_its_root__bound_and_nothing_said),
        TEST(static_program_without_proc__supervised),
    };
    system_copy_built("tracer", TRACER);
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    system_say_skipped("advice", "under a sanitizer: there are no static programs");
    return 0;
#else
    system_copy_built("host-static", STATIC_HOST);
#endif
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
