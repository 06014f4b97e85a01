/* SPDX-License-Identifier: MIT */
/* privbind -m seccomp: a static program binds by itself, and nobody can tell it from a capable one.
 */
#include "supervise.h"
#include "log.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/scenarios.h"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
static const char *const quiet[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_QUIET=1", NULL};

const struct run_result *supervised(const char *scenario)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, scenario, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

/*
 * As the manual says: the command has no_new_privs and a signal for its supervisor's death set, and
 * where a handler is installed without SA_RESTART its signal may interrupt a bind.
 */
static bool may_differ(const char *scenario)
{
    return strcmp(scenario, "parent_death_signal__unchanged") == 0 ||
           strcmp(scenario, "timer_1khz__bound") == 0;
}

/* Since Linux 6.9: before it nothing can be fetched from a thread's own table (helper/supervise/
   caller.c), and supervise_race.c says what comes of that. */
static bool threads_can_be_opened(void)
{
    const int pidfd = (int)syscall(SYS_pidfd_open, getpid(), O_EXCL);
    close(pidfd);
    return pidfd >= 0;
}

static void as_a_capable_process(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, *state, NULL};
    if (strcmp(*state, "thread_with_own_descriptors__its_socket_bound") == 0 &&
        !threads_can_be_opened())
        cannot_run("before Linux 6.9 such a bind is the kernel's");
    if (may_differ(*state)) {
        assert_contains(supervised(*state)->standard_output, "bind: ok\n");
        return;
    }
    system_compare_run(STATIC_HOST, *state, NULL,
                       &(struct run){.argv = argv, .environment = environment});
}

static void as_root_with_u__bound_as_the_user(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {
        SANDBOX_LAUNCHER,  "-u", "target", "-a", "tcp 80", "--", STATIC_HOST,
        "ipv4_any__bound", NULL};
    static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
    sandbox_policy("");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = no_helper, .stays_root = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void as_root_without_u__not_supervised(void **state)
{
    static const char *const debug[] = {"PRIVBIND_HELPER=/nonexistent", "PRIVBIND_DEBUG=1", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = debug, .stays_root = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error,
                        "privbind: " STATIC_HOST ": the library is preloaded: for what the command "
                        "starts; the command itself has CAP_NET_BIND_SERVICE\n");
}

static void give_up_what_root_has(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {{0}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capset, &header, none) != 0)
        err(EXIT_FAILURE, "capset");
}

/* The bounding set has all of it still. */
static void as_root_without_a_capability__told_why(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv,
                                                        .environment = environment,
                                                        .stays_root = true,
                                                        .as_root = give_up_what_root_has});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "this process has no_new_privs set");
}

static void with_an_ambient_capability__not_supervised(void **state)
{
    static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = no_helper, .capable = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void forbidden_port__EACCES_and_one_line(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: tcp 0.0.0.0:80: no rule allows user %s (uid %u); add to " PRIVBIND_CONF
             ": allow user %s tcp 80\n",
             sandbox_user(), sandbox_uid(), sandbox_user());
    sandbox_policy("allow anyone tcp 81\n");
    const struct run_result *result = supervised("ipv4_any__bound");
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_string_equal(result->standard_error, expected);
}

static void not_for_the_supervisor__nothing_said(void **state)
{
    const char *const scenarios[] = {"bad_pointer__EFAULT",
                                     "port_zero__bound",
                                     "closed_descriptor__EBADF",
                                     "ipv4_every_length__as_the_kernel",
                                     "unix_abstract__bound",
                                     "not_a_socket__ENOTSOCK",
                                     "family_of_the_other_kind__as_the_kernel"};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        assert_string_equal(supervised(scenarios[i])->standard_error, "");
}

/* Nobody was refused anything. */
static void not_for_the_supervisor__nothing_logged(void **state)
{
    char entry;
    int log = system_open_log();
    supervised("not_a_socket__ENOTSOCK");
    supervised("family_of_the_other_kind__as_the_kernel");
    const ssize_t length = recv(log, &entry, sizeof entry, MSG_DONTWAIT);
    system_close_log(log);
    assert_int_equal(length, -1);
}

static void refusal_below_the_supervisor__logged(void **state)
{
    char entry[512];
    int log = system_open_log();
    sandbox_policy("allow anyone tcp 81\n");
    supervised("ipv4_any__bound");
    const ssize_t length = recv(log, entry, sizeof entry - 1, MSG_DONTWAIT);
    system_close_log(log);
    assert_true(length > 0);
    entry[length] = '\0';
    assert_contains(entry, "refused tcp 0.0.0.0:80 to ");
}

static void x32__served_or_unknown_to_the_kernel(void **state)
{
#ifndef __x86_64__
    cannot_run("x32 programs are of x86_64");
#endif
    const char *output = supervised("other_numbers_of_bind")->standard_output;
    if (strcmp(output, "x32: errno 38\n") != 0)
        assert_string_equal(output, "x32: ok\n");
}

static void static_host_with_32_bits__bound_by_bind_and_socketcall(void **state)
{
    char built[4096];
    snprintf(built, sizeof built, "%s/32/tests/host-static", system_build);
    if (access(built, R_OK) != 0)
        cannot_run("the compiler cannot build with -m32 (Debian: gcc-multilib)");
    sandbox_copy_file(built, SANDBOX_DIR "/host-static-32");
    if (!system_runs(SANDBOX_DIR "/host-static-32"))
        cannot_run_without("32-bit", "the kernel does not run 32-bit programs");
    const char *const argv[] = {SANDBOX_LAUNCHER, SANDBOX_DIR "/host-static-32",
                                "other_numbers_of_bind", NULL};
    assert_string_equal(
        run(&(struct run){.argv = argv, .environment = environment})->standard_output,
        "own: ok\nsocketcall: ok\n");
}

static void hide_devices(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("tmpfs", "/dev", "tmpfs", 0, NULL) != 0)
        err(EXIT_FAILURE, "/dev");
}

/* As below chroot(2). */
static void quiet_without_dev_null__bound(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = quiet, .as_root = hide_devices});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void supervisor_unusable__nothing_executed(void **state)
{
    static const struct {
        const char *helper, *message;
    } cases[] = {
        {"PRIVBIND_HELPER=/nonexistent/helper",
         "is not installed: /nonexistent/privbind-supervisor; install it too (make "},
        {"PRIVBIND_HELPER=" SANDBOX_DIR "/no-capability/privbind-helper",
         "privbind: cannot supervise the command: helper has no CAP_NET_BIND_SERVICE: the file "},
        {"PRIVBIND_HELPER=" SANDBOX_DIR "/closed/privbind-helper",
         "closed/privbind-supervisor: Permission denied; make it executable"},
    };
    mkdir(SANDBOX_DIR "/no-capability", 0755);
    sandbox_copy_file(SANDBOX_SUPERVISOR, SANDBOX_DIR "/no-capability/privbind-supervisor");
    mkdir(SANDBOX_DIR "/closed", 0755);
    sandbox_write_file(SANDBOX_DIR "/closed/privbind-supervisor", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-m",       "seccomp",
                                    "/bin/echo",      "executed", NULL};
        const char *const variables[] = {cases[i].helper, NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = variables});
        assert_int_equal(WEXITSTATUS(result->status), 125);
        assert_contains(result->standard_error, cases[i].message);
        assert_string_equal(result->standard_output, "");
    }
}

static void command_that_cannot_be_executed__126_and_127(void **state)
{
    static const struct {
        const char *command;
        int status;
    } cases[] = {{"/nonexistent", 127}, {"/etc", 126}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", cases[i].command, NULL};
        assert_int_equal(
            WEXITSTATUS(run(&(struct run){.argv = argv, .environment = environment})->status),
            cases[i].status);
    }
}

static void mode_auto__chosen_by_the_file(void **state)
{
    static const char *const debug[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1",
                                        "PATH=" SANDBOX_DIR ":/usr/bin:/bin", NULL};
    static const struct {
        const char *command, *line;
    } cases[] = {
        {HOST, ": the library is preloaded: LD_PRELOAD reaches it\n"},
        {"host", ": the library is preloaded: LD_PRELOAD reaches it\n"},
        {STATIC_HOST, ": supervised through seccomp: a static program\n"},
        {"host-static", ": supervised through seccomp: a static program\n"},
        {SANDBOX_DIR "/link", ": supervised through seccomp: a static program\n"},
        {SANDBOX_DIR "/script", ": supervised through seccomp: a static program\n"},
    };
    if (symlink("host-static", SANDBOX_DIR "/link") != 0)
        err(EXIT_FAILURE, "symlink");
    sandbox_write_file(SANDBOX_DIR "/script", "#! " SANDBOX_DIR "/link x\n");
    chmod(SANDBOX_DIR "/script", 0755);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, cases[i].command, NULL};
        assert_contains(run(&(struct run){.argv = argv, .environment = debug})->standard_error,
                        cases[i].line);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void supervision__needs_a_static_host(void **state)
{
    cannot_run_sanitized("there are no static programs");
}

int run_supervisor_tests(void)
{
    const struct CMUnitTest none[] = {TEST(supervision__needs_a_static_host)};
    const struct CMUnitTest tests[] = {
        TEST(as_root_with_u__bound_as_the_user),
        TEST(as_root_without_u__not_supervised),
        TEST(as_root_without_a_capability__told_why),
        TEST(with_an_ambient_capability__not_supervised),
        TEST(forbidden_port__EACCES_and_one_line),
        TEST(not_for_the_supervisor__nothing_said),
        TEST(not_for_the_supervisor__nothing_logged),
        TEST(refusal_below_the_supervisor__logged),
        TEST(x32__served_or_unknown_to_the_kernel),
        TEST(static_host_with_32_bits__bound_by_bind_and_socketcall),
        TEST(quiet_without_dev_null__bound),
        TEST(supervisor_unusable__nothing_executed),
        TEST(command_that_cannot_be_executed__126_and_127),
        TEST(mode_auto__chosen_by_the_file),
#define SCENARIO(name)                                                                             \
    {"supervised_" #name, as_a_capable_process, system_setup, system_teardown,                     \
     (void *)(uintptr_t) #name},
        ADDRESS_SCENARIOS SOCKET_SCENARIOS STATE_SCENARIOS CALLER_SCENARIOS TRACE_SCENARIOS
#undef SCENARIO
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return cmocka_run_group_tests_name("supervision", none, NULL, NULL);
#else
    (void)none;
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("supervision", tests, NULL, NULL);
#endif
}
