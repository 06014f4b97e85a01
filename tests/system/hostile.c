/* SPDX-License-Identifier: MIT */
/* Root's launcher where the command's user, or whoever called it, has prepared the ground. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATIC_HOST SANDBOX_DIR "/host-static"
#define TRACES SANDBOX_DIR "/traces"
#define EVIL SANDBOX_DIR "/evil"

static const char *const environment[] = {"PRIVBIND_HELPER=/nonexistent", "PRIVBIND_QUIET=1",
                                          "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

/* privbind -u target, mode, -a what (NULL: without), and the scenario of a host program. */
static const struct run_result *below(const char *mode, const char *what, const char *host,
                                      const char *scenario)
{
    const char *argv[12] = {SANDBOX_LAUNCHER, "-u", "target", "-m", mode};
    size_t count = 5;
    if (what != NULL) {
        argv[count++] = "-a";
        argv[count++] = what;
    }
    argv[count++] = host;
    argv[count] = scenario;
    return run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
}

/* Each form of what -a takes, and what of the probe's list it gives. */
static const struct {
    const char *what, *bound;
} forms[] = {
    {"80", "t80 u80 local80 six80 sixlocal80 .\n"},
    {"tcp 80", "t80 local80 six80 sixlocal80 .\n"},
    {"udp 80", "u80 .\n"},
    {" \ttcp,udp\t80,443 ", "t80 u80 local80 t443 six80 sixlocal80 .\n"},
    {"tcp 1-79,81-1023", "t443 t1 t1023 .\n"},
    {"tcp 443-443", "t443 .\n"},
    {"any", "t80 u80 local80 t443 t1 t1023 six80 sixlocal80 .\n"},
    {"tcp any", "t80 local80 t443 t1 t1023 six80 sixlocal80 .\n"},
    {"tcp 80 on 127.0.0.1", "local80 .\n"},
    {"any on 127.0.0.0/8", "local80 .\n"},
    {"tcp 80 on ::1", "sixlocal80 .\n"},
    {"tcp 80 on 0.0.0.0/0", "t80 local80 .\n"},
    {"tcp 80 on ::", ".\n"}, /* IPV6_V6ONLY can be turned off after the check */
    {"tcp 80 on ::/0", "sixlocal80 .\n"},
    {"tcp 80 on 0.0.0.0,::", "t80 six80 .\n"},
    {"tcp 443 # udp 80", "t443 .\n"},
    {"sctp 80", ".\n"},
};

static void every_form_of_a__just_that(void **state)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *seen = below("preload", forms[i].what, HOST, "probe")->standard_output;
        if (strcmp(seen, forms[i].bound) != 0)
            print_error("-a '%s'\n", forms[i].what);
        assert_string_equal(seen, forms[i].bound);
    }
}

static void every_form_of_a_under_supervision__just_that(void **state)
{
    cannot_run_sanitized("there are no static programs");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *seen = below("seccomp", forms[i].what, STATIC_HOST, "probe")->standard_output;
        if (strcmp(seen, forms[i].bound) != 0)
            print_error("-a '%s'\n", forms[i].what);
        assert_string_equal(seen, forms[i].bound);
    }
}

static void assert_125(const char *const *argv)
{
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    if (!WIFEXITED(result->status) || WEXITSTATUS(result->status) != 125)
        print_error("%s %s %s\n", argv[2], argv[3], argv[4]);
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_string_equal(result->standard_output, "");
}

static void a_that_would_be_more_than_a_what__125(void **state)
{
    static const char *const whats[] = {
        "user mallory tcp 80",
        "anyone any",
        "deny tcp 80",
        "allow anyone any",
        "tcp 80 any",
        "tcp 80 tcp 443",
        "80 443",
        "tcp 80;443",
        "tcp 80\r",
        "tcp 80\nany",
        "TCP 80",
        "tcp -80",
        "tcp 80-",
        "tcp 443-80",
        "tcp 80,",
        "tcp 80 on",
        "80 on any",
        "80 on ::/129",
        "80 on 127.0.0.1/33",
        "80 on localhost",
        "tcp 0x50",
        "tcp +80",
        "tcp 65616",
        "\v80",
    };
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-u",        "target",   "-a",
                                    whats[i],         "/bin/echo", "executed", NULL};
        assert_125(argv);
    }
}

static void other_names_of_root__125(void **state)
{
    static const char *const users[] = {
        "root",       "toor",       "zero",        "wrap",  "minus",  "blank",  "0",      "00",
        "-0",         "+0",         " 0",          "0x0",   "0 ",     "-1",     "0:0",    "",
        "4294967296", "4294967295", "toor:target", "#4242", "4242.0", "4242,0", "root\n", "Root",
    };
    sandbox_write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"
                                      "zero:x:00:0::/:/bin/sh\nwrap:x:4294967296:1::/:/bin/sh\n"
                                      "minus:x:-1:1::/:/bin/sh\nblank:x: 0:1::/:/bin/sh\n"
                                      "target:x:" TARGET_ID ":" TARGET_ID "::/:/bin/sh\n");
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-u",       users[i], "-a", "any",
                                    "/bin/echo",      "executed", NULL};
        assert_125(argv);
    }
    sandbox_names();
}

/* Puts a program, under every name that somebody may execute, that writes down who executed it. */
static void lay_traps(void)
{
    static const char *const names[] = {"sh", "host", "privbind", "privbind-helper", "ldconfig"};
    mkdir(EVIL, 0755);
    sandbox_write_file(TRACES, "");
    chmod(TRACES, 0666);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, EVIL "/%s", names[i]);
        sandbox_write_file(path,
                           "#!/bin/sh\necho \"executed by $(/usr/bin/id -u)\" >>" TRACES "\n");
        chmod(path, 0755);
    }
    system_copy_built("trap.so", EVIL "/trap.so");
}

static const char *traces(void)
{
    static char text[4096];
    FILE *file = fopen(TRACES, "re");
    text[file == NULL ? 0 : fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* As sudo -E, or a service manager, hands on what somebody else has set. */
static void hostile_environment__nothing_of_it_runs_as_root(void **state)
{
    static const char *const modes[] = {"auto", "preload", "seccomp"};
    static const char *const hostile[] = {"PATH=" EVIL,
                                          "PRIVBIND_HELPER=" EVIL "/privbind-helper",
                                          "PRIVBIND_SOCKET=@squatted",
                                          "PRIVBIND_DEBUG=1",
                                          "LD_PRELOAD=" EVIL "/trap.so",
                                          "LD_AUDIT=" EVIL "/trap.so",
                                          "LD_LIBRARY_PATH=" EVIL,
                                          "GCONV_PATH=" EVIL,
                                          "LOCPATH=" EVIL,
                                          "GLIBC_TUNABLES=glibc.malloc.check=3",
                                          "HOME=" EVIL,
                                          "TMPDIR=" EVIL,
                                          "IFS=/",
                                          NULL};
    cannot_run_sanitized("it is a dynamic program, to which LD_PRELOAD applies");
    lay_traps();
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-m", modes[i], "-a",
                                    "tcp 80",         "--", "host",   NULL};
        run(&(struct run){.argv = argv, .environment = hostile, .stays_root = true});
    }
    /* The control: they do run, as the command's user. */
    assert_contains(traces(), "executed by " TARGET_ID "\n");
    assert_contains(traces(), "loaded by " TARGET_ID "\n");
    assert_null(strstr(traces(), "by 0\n"));
}

/* To look at what kind of program it is, root opens the command's file, and its interpreter: to
 * open a device can do something. A FIFO tells. */
static void command_is_a_device_or_fifo__not_opened_by_root(void **state)
{
    static const char *const commands[] = {SANDBOX_DIR "/trap-fifo", SANDBOX_DIR "/trap-fifo-link",
                                           SANDBOX_DIR "/trap-fifo-script"};
    char event[4096];
    if (mkfifo(SANDBOX_DIR "/trap-fifo", 0755) != 0 ||
        symlink("trap-fifo", SANDBOX_DIR "/trap-fifo-link") != 0)
        err(EXIT_FAILURE, "fifo");
    sandbox_write_file(SANDBOX_DIR "/trap-fifo-script", "#!" SANDBOX_DIR "/trap-fifo\n");
    chmod(SANDBOX_DIR "/trap-fifo-script", 0755);
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify_add_watch(watch, SANDBOX_DIR "/trap-fifo", IN_OPEN) < 0)
        err(EXIT_FAILURE, "inotify");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", commands[i], NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
        assert_int_equal(WEXITSTATUS(result->status), 126);
        assert_true(read(watch, event, sizeof event) < 0);
    }
    close(watch);
}

/* The same as of the resident helper, of what supervises in its place. */
static void supervisor_of_root__untouchable_and_hands_on_nothing(void **state)
{
    cannot_run_sanitized("there are no static programs");
    assert_string_equal(below("seccomp", "tcp 80", STATIC_HOST, "holder_attacked")->standard_output,
                        "a child: possible\nit is there: 1\npossible in all: 0\n");
    assert_string_equal(
        below("seccomp", "tcp 80", STATIC_HOST, "descriptors_inherited")->standard_output,
        "descriptors: 0\n");
}

static void supervisor_of_root__policy_file_decides_without_a(void **state)
{
    cannot_run_sanitized("there are no static programs");
    sandbox_policy("deny user target tcp 81\nallow user target any\n");
    assert_string_equal(
        below("seccomp", NULL, STATIC_HOST, "denied_81_allowed_80")->standard_output,
        "81: errno 13\n80: ok\n");
    sandbox_policy("allow user root any\nallow group root any\n"); /* that it was */
    assert_string_equal(
        below("seccomp", NULL, STATIC_HOST, "denied_81_allowed_80")->standard_output,
        "81: errno 13\n80: errno 13\n");
}

static void resident_helper__hands_on_nothing(void **state)
{
    assert_string_equal(below("preload", "tcp 80", HOST, "descriptors_inherited")->standard_output,
                        "descriptors: 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void launcher_of_root__needs_another_user(void **state)
{
    cannot_run("an ordinary user's namespace has one uid only: privbind -u has none to become");
}

int run_hostile_tests(void)
{
    const struct CMUnitTest none[] = {TEST(launcher_of_root__needs_another_user)};
    const struct CMUnitTest tests[] = {
        TEST(every_form_of_a__just_that),
        TEST(every_form_of_a_under_supervision__just_that),
        TEST(a_that_would_be_more_than_a_what__125),
        TEST(other_names_of_root__125),
        TEST(hostile_environment__nothing_of_it_runs_as_root),
        TEST(command_is_a_device_or_fifo__not_opened_by_root),
        TEST(supervisor_of_root__untouchable_and_hands_on_nothing),
        TEST(supervisor_of_root__policy_file_decides_without_a),
        TEST(resident_helper__hands_on_nothing),
    };
    if (sandbox_is_user_namespace())
        return cmocka_run_group_tests_name("root's launcher", none, NULL, NULL);
#ifndef PRIVBIND_SANITIZED
    system_copy_built("host-static", STATIC_HOST);
#endif
    return cmocka_run_group_tests_name("root's launcher", tests, NULL, NULL);
}
