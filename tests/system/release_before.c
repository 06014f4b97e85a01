/* SPDX-License-Identifier: MIT */
/*
 * An upgrade mixes releases: a program that runs has the library that it was started with, and asks
 * the helper that is installed now. Built here of the commit before, where git has it.
 */
#include "system.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The last one before 2.0.0; from then on, the tag of the release before. */
#define RELEASE_BEFORE "61d9dd8"
#define OLD SANDBOX_DIR "/release-before"

/* A shallow clone and an unpacked tarball do not have it: that is no fault of the machine. */
#define need_release_before()                                                                      \
    do {                                                                                           \
        if (access(OLD "/build/privbind-helper", X_OK) != 0) {                                     \
            system_say_skipped(__func__, "git does not have the commit " RELEASE_BEFORE);          \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* Once, for the first of these tests: other tests by themselves do not wait for it. */
static int build_release_before(void **state)
{
    static bool is_built;
    if (is_built)
        return system_setup(state);
    is_built = true;
    static const char build[] =
        "git cat-file -e " RELEASE_BEFORE " || exit 77\n"
        "mkdir " OLD " && git archive " RELEASE_BEFORE " | tar -C " OLD " -x && cd " OLD " &&\n"
        "make -s build/privbind-helper build/libprivbind.so >&2";
    const char *const argv[] = {"/bin/sh", "-c", build, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    int status = WEXITSTATUS(result->status);
    if (status == 0)
        sandbox_set_capability(OLD "/build/privbind-helper");
    else if (status != 77 && status != 127)
        print_error("%s", result->standard_error);
    return status == 0 || status == 77 || status == 127 ? system_setup(state) : -1;
}

static const struct run_result *run_with(const char *library, const char *helper,
                                         const char *scenario)
{
    static char preload[256], variable[256];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
    snprintf(variable, sizeof variable, "PRIVBIND_HELPER=%s", helper);
    const char *const argv[] = {HOST, scenario, NULL};
    const char *const environment[] = {preload, variable, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void assert_bound_and_refused(const char *library, const char *helper)
{
    assert_contains(run_with(library, helper, "ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
    sandbox_policy("");
    const struct run_result *refused = run_with(library, helper, "ipv4_any__bound");
    assert_null(strstr(refused->standard_output, ": ok"));
    assert_contains(refused->standard_error, "no rule allows"); /* the helper's own reason */
}

static void old_library_and_new_helper__bound_and_refused(void **state)
{
    need_release_before();
    assert_bound_and_refused(OLD "/build/libprivbind.so", SANDBOX_HELPER);
}

static void new_library_and_old_helper__bound_and_refused(void **state)
{
    need_release_before();
    assert_bound_and_refused(SANDBOX_LIBRARY, OLD "/build/privbind-helper");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build_release_before, system_teardown)

int run_release_before_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_library_and_new_helper__bound_and_refused),
        TEST(new_library_and_old_helper__bound_and_refused),
    };
    return cmocka_run_group_tests_name("the release before", tests, NULL, NULL);
}
