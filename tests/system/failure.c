/* SPDX-License-Identifier: MIT */
/* Delegations that cannot work: errno is EACCES, in time, and one line says why. */
#include "system.h"

#include <endian.h>
#include <err.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FAILED "0.0.0.0: errno 13\n"
#define WORKED "0.0.0.0: ok\nname: 0.0.0.0 port 80 scope 0 flow 0 length 16\n"

static const struct run_result *run_with_helper(const char *scenario, const char *helper)
{
    char variable[256];
    snprintf(variable, sizeof variable, "PRIVBIND_HELPER=%s", helper);
    const char *const argv[] = {HOST, scenario, NULL};
    const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY, variable, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static const struct run_result *bind_with_helper(const char *helper)
{
    return run_with_helper("ipv4_any__bound", helper);
}

/* The fake helper does what its name says. */
static const char *fake_helper(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", SANDBOX_DIR, name);
    system_copy_built("fake_helper", path);
    return path;
}

static void assert_one_line(const char *text)
{
    assert_true(strncmp(text, "privbind: ", 10) == 0);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void assert_failed(const struct run_result *result, const char *reason)
{
    assert_string_equal(result->standard_output, FAILED);
    assert_one_line(result->standard_error);
    assert_contains(result->standard_error, "tcp 0.0.0.0:80: ");
    assert_contains(result->standard_error, reason);
    assert_true(run_took_less(result, 10)); /* 4 s, and what the program takes to start */
}

static void helper_missing__EACCES(void **state)
{
    assert_failed(bind_with_helper("/nonexistent/helper"),
                  "cannot execute /nonexistent/helper: No such file or directory; install");
}

static void helper_is_a_directory__EACCES(void **state)
{
    assert_failed(bind_with_helper("/etc"),
                  "cannot execute /etc: Permission denied; make it executable");
}

static void helper_not_a_program__EACCES(void **state)
{
    sandbox_write_file(SANDBOX_DIR "/text", "neither ELF nor script\n");
    chmod(SANDBOX_DIR "/text", 0755);
    assert_failed(bind_with_helper(SANDBOX_DIR "/text"), "Exec format error");
}

static void helper_misbehaves__EACCES(void **state)
{
    static const struct {
        const char *name, *reason;
    } cases[] = {
        {"hangs", "no answer in time from"},
        {"stops", "no answer in time from"},
        {"dies", "a signal killed"},
        {"says-nothing", "no valid answer from"},
        {"answers-short", "no valid answer from"},
        {"answers-other-version", "no valid answer from"},
        {"answers-negative", "no valid answer from"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_failed(bind_with_helper(fake_helper(cases[i].name)), cases[i].reason);
}

static void helper_answers_then_hangs__answer_counts(void **state)
{
    const struct run_result *result = bind_with_helper(fake_helper("answers-and-hangs"));
    assert_string_equal(result->standard_output, "0.0.0.0: errno 6\n");
    assert_true(run_took_less(result, 10)); /* 4 s, and what the program takes to start */
}

static void helper_dies_after_bind__bind_is_reported(void **state)
{
    const char *helper = fake_helper("binds-and-dies");
    sandbox_set_capability(helper);
    assert_string_equal(bind_with_helper(helper)->standard_output, WORKED);
}

static void helper_is_slow__bound(void **state)
{
    const struct run_result *result = bind_with_helper(fake_helper("answers-late"));
    assert_string_equal(result->standard_output, WORKED);
    assert_true(result->seconds > 0.5);
}

static void interrupt_during_slow_bind__bound(void **state)
{
    const struct run_result *result =
        run_with_helper("interrupt_during_bind__bound", fake_helper("answers-late"));
    assert_contains(result->standard_output, "bind: ok\n");
}

static void group_stopped_during_slow_bind__bound(void **state)
{
    const struct run_result *result = run_with_helper(
        "stopped_with_its_group_continued_alone__bound", fake_helper("answers-late"));
    assert_contains(result->standard_output, "bind: ok\n");
    assert_true(run_took_less(result, 2));
}

static void helper_start__bare(void **state)
{
    assert_contains(bind_with_helper(fake_helper("shows-itself"))->standard_error,
                    "argc 1 descriptors 0 environment empty");
}

static void file_capability_missing__named(void **state)
{
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/plain-helper");
    assert_failed(bind_with_helper(SANDBOX_DIR "/plain-helper"),
                  "helper has no CAP_NET_BIND_SERVICE: the file has no capability; as root: setcap "
                  "cap_net_bind_service=p " SANDBOX_DIR "/plain-helper");
}

static void another_file_capability__named(void **state)
{
    const struct vfs_cap_data chown_only = {htole32(VFS_CAP_REVISION_2), {{htole32(1), 0}}};
    const char *helper = SANDBOX_DIR "/other-helper";
    sandbox_copy_file(SANDBOX_HELPER, helper);
    assert_int_equal(setxattr(helper, "security.capability", &chown_only, sizeof chown_only, 0), 0);
    assert_failed(bind_with_helper(helper), "the file has no capability; as root: setcap ");
}

static void nosuid_mount__named(void **state)
{
    const char *directory = SANDBOX_DIR "/nosuid", *helper = SANDBOX_DIR "/nosuid/helper";
    mkdir(directory, 0755);
    if (mount("tmpfs", directory, "tmpfs", MS_NOSUID, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", directory);
    sandbox_copy_file(SANDBOX_HELPER, helper);
    sandbox_set_capability(helper);
    assert_failed(bind_with_helper(helper), "is on a nosuid mount; remount it");
    umount(directory);
}

static void set_no_new_privs(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void no_new_privs__named(void **state)
{
    assert_failed(
        system_run_host_after("ipv4_any__bound", set_no_new_privs),
        "this process has no_new_privs set, which denies the capability to " SANDBOX_HELPER
        "; do not set it (systemd: remove NoNewPrivileges=yes and every setting that implies "
        "it, ");
}

static void empty_bounding_set(void)
{
    prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0);
}

static void bounding_set__named(void **state)
{
    assert_failed(system_run_host_after("ipv4_any__bound", empty_bounding_set),
                  "the bounding set of this process lacks it; keep it there");
}

static void traced__named(void **state)
{
    system_copy_built("tracer", SANDBOX_DIR "/tracer");
    const char *const argv[] = {SANDBOX_DIR "/tracer", HOST, "ipv4_any__bound", NULL};
    assert_failed(run(&(struct run){.argv = argv, .environment = system_environment}),
                  "this process is traced by pid ");
}

static void enter_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0)
        err(EXIT_FAILURE, "CLONE_NEWUSER");
}

static void foreign_user_namespace__named(void **state)
{
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    assert_failed(run(&(struct run){.argv = argv,
                                    .environment = system_environment,
                                    .as_target = enter_user_namespace}),
                  "so its capabilities have no effect there");
}

static void no_address_space__named(void **state)
{
    cannot_run_sanitized("it needs address space of its own");
    const struct run_result *result = system_run_host("no_address_space__EACCES");
    assert_contains(result->standard_output, "bind: errno 13\n");
    assert_one_line(result->standard_error);
    assert_contains(result->standard_error, "and the hard limits (ulimit -Ha)");
}

static void no_process_slot__named(void **state)
{
    const struct run_result *result = system_run_host("no_process_slot__EACCES");
    assert_contains(result->standard_output, "bind: errno 13\n");
    assert_contains(result->standard_error, "cannot start a process for ");
    assert_contains(result->standard_error, "ulimit -u");
}

static void no_descriptor__named(void **state)
{
    cannot_run_sanitized("its runtime opens files of its own");
    const struct run_result *result = system_run_host("no_descriptor__EACCES");
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_one_line(result->standard_error);
    assert_contains(result->standard_error, "ulimit -n");
}

static void stderr_not_writable__no_harm(void **state)
{
    sandbox_policy("");
    static const char *const scenarios[] = {"full_stderr__does_not_hang",
                                            "broken_stderr__no_SIGPIPE"};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct run_result *result = system_run_host(scenarios[i]);
        assert_string_equal(result->standard_output, "bind: errno 13\n");
        assert_true(run_took_less(result, 2));
    }
}

static void socket_at_stderr__not_written_to_it(void **state)
{
    sandbox_policy("");
    assert_string_equal(system_run_host("socket_at_stderr__not_written_to")->standard_output,
                        "bind server: ok\nconnect: ok\nbind: errno 13\nreceived: errno 11\n");
}

static void file_at_stderr__not_written_to_it(void **state)
{
    sandbox_policy("");
    assert_string_equal(system_run_host("file_at_stderr__not_written_to")->standard_output,
                        "bind: errno 13\nbytes in the file: 0\n");
}

static void pipe_at_stderr__not_written_to_it(void **state)
{
    sandbox_policy("");
    assert_string_equal(system_run_host("pipe_at_stderr__not_written_to")->standard_output,
                        "bind: errno 13\nbytes in the pipe: 0\n");
}

static void stderr_at_size_limit__no_signal(void **state)
{
    const struct run_result *result = system_run_host("stderr_at_size_limit__no_SIGXFSZ");
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_int_equal(result->status, 0);
}

static void bad_pointer_and_seccomp__no_crash(void **state)
{
    const struct run_result *result = system_run_host("bad_pointer_and_seccomp_EACCES__no_crash");
    assert_string_equal(result->standard_output, "wild: errno 13\n");
}

static void second_bind_fails__no_success(void **state)
{
    const char *helper = fake_helper("binds-and-dies");
    sandbox_set_capability(helper);
    assert_string_equal(
        run_with_helper("second_bind_fails__not_taken_for_success", helper)->standard_output,
        "first: ok\nsecond: errno 13\n");
}

static const struct run_result *run_with_variable(const char *variable)
{
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                       "PRIVBIND_HELPER=" SANDBOX_HELPER, variable, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void quiet__says_nothing(void **state)
{
    sandbox_policy("");
    const struct run_result *result = run_with_variable("PRIVBIND_QUIET=1");
    assert_string_equal(result->standard_output, FAILED);
    assert_string_equal(result->standard_error, "");
}

static void debug__says_who_and_which_rule(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: tcp 0.0.0.0:80: bound for uid %u by " PRIVBIND_CONF ":1\n", sandbox_uid());
    const struct run_result *result = run_with_variable("PRIVBIND_DEBUG=1");
    assert_string_equal(result->standard_output, WORKED);
    assert_string_equal(result->standard_error, expected);
}

static void success__says_nothing(void **state)
{
    assert_string_equal(system_run_host("ipv4_any__bound")->standard_error, "");
}

/* The program's own affair: a privileged process would have heard the same. */
static void kernel_error__named_with_debug_only(void **state)
{
    static const char *const environment[] = {
        "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1", NULL};
    static const struct {
        const char *scenario, *expected;
        bool is_ipv6;
    } cases[] = {
        {"port_taken__EADDRINUSE", "privbind: tcp 0.0.0.0:80: bind: ", false},
        {"port_taken__EADDRINUSE", "; to see who has it, as root: ss -anp, and look for that port",
         false},
        {"ipv6_foreign_address__EADDRNOTAVAIL",
         "; no interface here has that address, see: ", true},
        {"bound_twice__EINVAL", "; is the socket bound already?\n", false},
        {"v4_mapped_v6only__EINVAL", "; is the socket bound already?\n", true},
        {"ipv6_link_local_without_scope__as_the_kernel",
         "; a link-local address needs an interface, as in fe80::1%eth0\n", true},
    };
    assert_string_equal(system_run_host("port_taken__EADDRINUSE")->standard_error, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {HOST, cases[i].scenario, NULL};
        if (!cases[i].is_ipv6 || sandbox_has_ipv6())
            assert_contains(
                run(&(struct run){.argv = argv, .environment = environment})->standard_error,
                cases[i].expected);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_failure_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(helper_missing__EACCES),
        TEST(helper_is_a_directory__EACCES),
        TEST(helper_not_a_program__EACCES),
        TEST(helper_misbehaves__EACCES),
        TEST(helper_answers_then_hangs__answer_counts),
        TEST(helper_dies_after_bind__bind_is_reported),
        TEST(helper_is_slow__bound),
        TEST(interrupt_during_slow_bind__bound),
        TEST(group_stopped_during_slow_bind__bound),
        TEST(helper_start__bare),
        TEST(file_capability_missing__named),
        TEST(another_file_capability__named),
        TEST(nosuid_mount__named),
        TEST(no_new_privs__named),
        TEST(bounding_set__named),
        TEST(traced__named),
        TEST(foreign_user_namespace__named),
        TEST(no_address_space__named),
        TEST(no_process_slot__named),
        TEST(no_descriptor__named),
        TEST(stderr_not_writable__no_harm),
        TEST(socket_at_stderr__not_written_to_it),
        TEST(file_at_stderr__not_written_to_it),
        TEST(pipe_at_stderr__not_written_to_it),
        TEST(stderr_at_size_limit__no_signal),
        TEST(bad_pointer_and_seccomp__no_crash),
        TEST(second_bind_fails__no_success),
        TEST(quiet__says_nothing),
        TEST(debug__says_who_and_which_rule),
        TEST(success__says_nothing),
        TEST(kernel_error__named_with_debug_only),
    };
    return cmocka_run_group_tests_name("failures and what is said of them", tests, NULL, NULL);
}
