/* SPDX-License-Identifier: MIT */
/* How the privileged programs start: nothing that their caller hands them has a say in that. */
#include "system.h"

#include <stdlib.h>
#include <string.h>

#define LONG_VALUE 130000 /* MAX_ARG_STRLEN is 128 KiB */

static const char *const argv[] = {SANDBOX_HELPER, NULL};

static void assert_same_with(const char *const *environment)
{
    static struct run_result plain;
    plain = *run(&(struct run){.argv = argv});
    const struct run_result *hostile = run(&(struct run){.argv = argv, .environment = environment});
    assert_int_equal(hostile->status, plain.status);
    assert_string_equal(hostile->standard_error, plain.standard_error);
    assert_string_equal(hostile->standard_output, plain.standard_output);
}

/* CVE-2023-4911 is the third. */
static void variables_of_libc__no_effect(void **state)
{
    cannot_run_sanitized("there the helper has a libc");
    const char *const variables[] = {"LD_PRELOAD=/nonexistent.so",
                                     "LD_TRACE_LOADED_OBJECTS=1",
                                     "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=AAAA",
                                     "LD_DEBUG=all",
                                     "LD_SHOW_AUXV=1",
                                     "MALLOC_PERTURB_=1",
                                     "MALLOC_CHECK_=3",
                                     "LANG=/nonexistent",
                                     NULL};
    assert_same_with(variables);
}

static void mebibyte_of_environment__no_effect(void **state)
{
    static char values[8][LONG_VALUE + 1];
    const char *variables[9] = {NULL};
    for (int i = 0; i < 8; i++) {
        memset(values[i], 'A', LONG_VALUE);
        memcpy(values[i], "GLIBC_TUNABLES=", 15);
        variables[i] = values[i];
    }
    assert_same_with(variables);
}

int run_start_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_of_libc__no_effect),
        cmocka_unit_test(mebibyte_of_environment__no_effect),
    };
    return cmocka_run_group_tests_name("start of the privileged programs", tests, NULL, NULL);
}
