/* SPDX-License-Identifier: MIT */
/* The library as a file, beside other preloaded libraries, and under other C libraries. */
#include "system.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/scenarios.h"

#define OTHER SANDBOX_DIR "/other_bind.so"
#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What a shell command prints, run as the target. */
static const char *output_of(const char *command)
{
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    const char *const environment[] = {PATH, "LC_ALL=C", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    if (result->status != 0)
        fail_msg("%s: %s", command, result->standard_error);
    return result->standard_output;
}

static void exported_symbols__bind_only(void **state)
{
    assert_string_equal(output_of("nm -D --defined-only " SANDBOX_LIBRARY " | cut -d' ' -f2-"),
                        "T bind\n");
}

/* Weak ones may be absent, so that any libc will do. */
static void needed_symbols__all_weak(void **state)
{
    assert_string_equal(
        output_of("nm -D --undefined-only " SANDBOX_LIBRARY " | grep -v ' w ' || true"), "");
}

static void dynamic_section__no_libc_no_versions(void **state)
{
    const char *dynamic = output_of("readelf -d " SANDBOX_LIBRARY);
    assert_contains(dynamic, "soname: [libprivbind.so]");
    assert_null(strstr(dynamic, "NEEDED"));
    assert_null(strstr(dynamic, "TEXTREL"));
    assert_null(strstr(dynamic, "VERNEED"));
    assert_contains(output_of("readelf -lW " SANDBOX_LIBRARY " | grep GNU_STACK"), "RW ");
}

static const struct run_result *run_preloaded(const char *host, const char *preload,
                                              const char *scenario, const char *variable)
{
    char ld_preload[PATH_MAX + 256];
    snprintf(ld_preload, sizeof ld_preload, "LD_PRELOAD=%s", preload);
    const char *const argv[] = {host, scenario, NULL};
    const char *const environment[] = {ld_preload, "PRIVBIND_HELPER=" SANDBOX_HELPER, variable,
                                       NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static bool is_built(const char *name)
{
    char built[4096];
    snprintf(built, sizeof built, "%s/%s", system_build, name);
    return access(built, R_OK) == 0;
}

static void another_bind_wrapper__both_are_called(void **state)
{
    static const char *const orders[] = {SANDBOX_LIBRARY " " OTHER, OTHER ":" SANDBOX_LIBRARY};
    system_copy_built("other_bind.so", OTHER);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            run_preloaded(HOST, orders[i], "port_zero__bound", NULL)->standard_output,
            "bind: ok\nother bind: 1 calls\n");
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            run_preloaded(HOST, orders[i], "high_descriptor__bound", NULL)->standard_output,
            "bind: ok\nname: 0.0.0.0 port 80 scope 0 flow 0 length 16\nother bind: 1 calls\n");
}

static void bind_in_a_constructor__bound(void **state)
{
    static const char *const orders[] = {SANDBOX_LIBRARY " " OTHER, OTHER ":" SANDBOX_LIBRARY};
    system_copy_built("other_bind.so", OTHER);
    for (size_t i = 0; i < 2; i++)
        assert_contains(run_preloaded(HOST, orders[i], "ipv4_any__bound", "OTHER_BIND_EARLY=1")
                            ->standard_output,
                        "early bind: 0\n0.0.0.0: ok\n");
}

/* A library that has to be the first of the list. */
static void assert_works_behind(const char *library, const char *find, const char *variable)
{
    char path[PATH_MAX], preload[PATH_MAX + sizeof SANDBOX_LIBRARY + 1];
    const char *const argv[] = {"/bin/sh", "-c", find, NULL};
    const char *const environment[] = {PATH, NULL};
    const char *output =
        run(&(struct run){.argv = argv, .environment = environment})->standard_output;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(output, "\n"), output);
    if (path[0] != '/' || access(path, R_OK) != 0)
        cannot_run("%s is not installed", library);
    snprintf(preload, sizeof preload, "%s:%s", path, SANDBOX_LIBRARY);
    static const char *const scenarios[] = {"ipv4_any__bound", "sixteen_threads_at_once__all_bound",
                                            "sigchld__never_sent"};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct run_result *result = run_preloaded(HOST, preload, scenarios[i], variable);
        assert_int_equal(result->status, 0);
        assert_null(strstr(result->standard_output, "errno"));
    }
}

static void libasan_first__bound(void **state)
{
    cannot_run_sanitized("the host has another runtime in it already");
    assert_works_behind("libasan", "gcc -print-file-name=libasan.so",
                        "ASAN_OPTIONS=detect_leaks=0");
}

static void libfaketime_first__bound(void **state)
{
    cannot_run_sanitized("libfaketime stands in front of what it intercepts");
    assert_works_behind("libfaketime", "ls /usr/lib/*/faketime/libfaketime.so.1", "FAKETIME=-1d");
}

/* Told by valgrind's own preloaded library that a clone is a fork, it works as well without. */
static void below_valgrind_by_name_only__as_the_kernel(void **state)
{
    const char *preload = SANDBOX_LIBRARY " " SANDBOX_DIR "/vgpreload_core-none.so";
    system_compare(HOST, preload, "ipv4_any__bound", NULL);
    system_compare(HOST, preload, "port_taken__EADDRINUSE", NULL);
}

/* One library file for every libc: the host of another one, the same libprivbind.so. */
static void compare_hosts(const char *host, const char *preload)
{
    static const char *const scenarios[] = {
#define SCENARIO(name) #name,
        ADDRESS_SCENARIOS SOCKET_SCENARIOS STATE_SCENARIOS CALLER_SCENARIOS TRACE_SCENARIOS
#undef SCENARIO
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        system_compare(host, preload, scenarios[i], NULL);
}

static void musl_host__as_the_kernel(void **state)
{
    if (!is_built("tests/host-musl"))
        cannot_run("no musl-gcc (Debian: musl-tools)");
    system_copy_built("host-musl", SANDBOX_DIR "/host-musl");
    compare_hosts(SANDBOX_DIR "/host-musl", SANDBOX_LIBRARY);
}

#define HOST_32 SANDBOX_DIR "/host-32"
#define LIBRARY_32 SANDBOX_DIR "/libprivbind-32.so"

static bool copy_32_bits(void)
{
    char built[4096];
    if (!is_built("32/tests/host"))
        return false;
    snprintf(built, sizeof built, "%s/32/tests/host", system_build);
    sandbox_copy_file(built, HOST_32);
    snprintf(built, sizeof built, "%s/32/libprivbind.so", system_build);
    sandbox_copy_file(built, LIBRARY_32);
    return true;
}

#define NO_32_BITS "the compiler cannot build with -m32 (Debian: gcc-multilib)"

static void host_with_32_bits__as_the_kernel(void **state)
{
    cannot_run_sanitized("its runtime is not linked into hosts of another kind");
    if (!copy_32_bits())
        cannot_run(NO_32_BITS);
    if (!system_runs(HOST_32))
        cannot_run_without("32-bit", "the kernel does not run 32-bit programs");
    compare_hosts(HOST_32, LIBRARY_32);
}

/* i386 has system calls from the time when ids had 16 bits. */
static void host_with_32_bits_and_a_high_uid__asks_the_resident_helper(void **state)
{
    static const char *const argv[] = {
        SANDBOX_LAUNCHER,  "-m", "preload", "-u", "70000", "-a", "tcp 80", "--", HOST_32,
        "ipv4_any__bound", NULL};
    static const char *const environment[] = {"LD_PRELOAD=" LIBRARY_32, NULL};
    cannot_run_sanitized("its runtime is not linked into hosts of another kind");
    if (sandbox_is_user_namespace())
        cannot_run("this user namespace has one uid only");
    if (!copy_32_bits())
        cannot_run(NO_32_BITS);
    if (!system_runs(HOST_32))
        cannot_run_without("32-bit", "the kernel does not run 32-bit programs");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    if (result->status != 0 || strstr(result->standard_output, ": ok\n") == NULL)
        print_error("stderr: %s\n", result->standard_error);
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
}

/* A program with a capability, or a setuid one, must not execute what its caller names. */
static void secure_execution__environment_ignored(void **state)
{
    const char *const argv[] = {SANDBOX_DIR "/secure", "hundred_denied", NULL};
    const char *const environment[] = {"PRIVBIND_HELPER=/bin/false", "PRIVBIND_QUIET=1",
                                       "PRIVBIND_SOCKET=@privbind-none", "PRIVBIND_DEBUG=1", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("uid 0, the only one in this user namespace, gets no secure execution");
    if (access(PRIVBIND_HELPER_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    sandbox_copy_file(HOST, argv[0]);
    sandbox_set_capability(argv[0]); /* permitted only: it cannot bind by itself */
    sandbox_write_file("/etc/ld.so.preload", SANDBOX_LIBRARY "\n");
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    unlink("/etc/ld.so.preload");
    assert_contains(result->standard_error, "cannot execute " PRIVBIND_HELPER_PATH);
    assert_null(strstr(result->standard_error, "privbind -u"));
    assert_contains(result->standard_error, "further refusals of this process are not shown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_library_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(exported_symbols__bind_only),
        TEST(needed_symbols__all_weak),
        TEST(dynamic_section__no_libc_no_versions),
        TEST(another_bind_wrapper__both_are_called),
        TEST(bind_in_a_constructor__bound),
        TEST(libasan_first__bound),
        TEST(libfaketime_first__bound),
        TEST(below_valgrind_by_name_only__as_the_kernel),
        TEST(musl_host__as_the_kernel),
        TEST(host_with_32_bits__as_the_kernel),
        TEST(host_with_32_bits_and_a_high_uid__asks_the_resident_helper),
        TEST(secure_execution__environment_ignored),
    };
    return cmocka_run_group_tests_name("the library", tests, NULL, NULL);
}
