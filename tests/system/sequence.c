/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of calls on sockets: by a process with the capability, and by one that is
 * helped. PRIVBIND_SEQUENCES of each kind, from PRIVBIND_SEED on, give the same answers.
 */
#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/scenarios.h"

#define STATIC_HOST SANDBOX_DIR "/sequence-static"

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
    const char *chosen = getenv(variable);
    return chosen == NULL ? otherwise : strtoul(chosen, NULL, 10);
}

static void compare(struct run helped, const char *variables)
{
    static struct run_result expected;
    const unsigned long first = number_of("PRIVBIND_SEED", 1),
                        count = number_of("PRIVBIND_SEQUENCES", 200);
    bool is_privileged = false; /* or nothing has been compared */
    for (unsigned long seed = first; seed < first + count; seed += SEQUENCES_AT_ONCE) {
        const char *const argv[] = {HOST, "random_sequences", NULL};
        char text[64];
        snprintf(text, sizeof text, "PRIVBIND_SEED=%lu", seed);
        const char *const own[] = {text, NULL};
        const char *const environment[] = {text, "PRIVBIND_HELPER=" SANDBOX_HELPER,
                                           "PRIVBIND_QUIET=1", variables, NULL};
        expected = *run(&(struct run){.argv = argv, .environment = own, .capable = true});
        helped.environment = environment;
        is_privileged = is_privileged || strstr(expected.standard_output, " 80] ") != NULL;
        assert_string_equal(run(&helped)->standard_output, expected.standard_output);
    }
    assert_true(is_privileged);
}

static void random_sequences_with_the_library__as_the_kernel(void **state)
{
    const char *const argv[] = {HOST, "random_sequences", NULL};
    compare((struct run){.argv = argv}, "LD_PRELOAD=" SANDBOX_LIBRARY);
}

static void random_sequences_with_a_resident_helper__as_the_kernel(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,   "-u", "target", "-a", "any", HOST,
                                "random_sequences", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    compare((struct run){.argv = argv, .stays_root = true}, NULL);
}

static void random_sequences_with_a_supervisor__as_the_kernel(void **state)
{
    cannot_run_sanitized("there are no static programs");
#ifndef PRIVBIND_SANITIZED
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "random_sequences", NULL};
    system_copy_built("host-static", STATIC_HOST);
    compare((struct run){.argv = argv}, NULL);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_sequence_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(random_sequences_with_the_library__as_the_kernel),
        TEST(random_sequences_with_a_resident_helper__as_the_kernel),
        TEST(random_sequences_with_a_supervisor__as_the_kernel),
    };
    return cmocka_run_group_tests_name("random sequences", tests, NULL, NULL);
}
