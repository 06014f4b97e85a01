/* SPDX-License-Identifier: MIT */
/* Attacks on a helper that runs, by processes of the same user. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* The same tries work on a process that is not protected. */
static void inspection__refused(void **state)
{
    char *output = strdup(attack("inspect_while_running"));
    assert_non_null(output);
    char *helper = strstr(output, "helper\n");
    static const char *const tries[] = {
        "mem: ", "maps: ", "fd/0: ", "process_vm_writev: ", "pidfd_getfd: ", "seize: "};
    assert_non_null(helper);
    assert_lacks(helper, "allowed");
    assert_lacks(output, "does not wait");
    assert_contains(helper, "bind: bound\n");
    *helper = '\0';
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "%sallowed\n", tries[i]);
        assert_contains(output, line);
    }
    free(output);
}

static void seized_while_it_starts__never_bound(void **state)
{
    assert_string_equal(attack("seize_while_starting"), "seized: 1 bound: 1 both: 0 others: 0\n");
}

static void limits_lowered_while_it_runs__not_bound_without_log(void **state)
{
    const char *output = attack("limits_lowered_while_running");
    assert_contains(output, "RLIMIT_NOFILE: refused: 1\n");
    assert_lacks(output, "NOT TRUE");
    assert_lacks(output, "HANGS");
}

static void stopped_while_the_log_is_full__not_bound(void **state)
{
    int log = system_open_log();
    system_fill_log();
    assert_string_equal(
        attack("stop_while_log_is_full"),
        "bind: refused: the system log does not accept the entry; check the log daemon\n");
    system_close_log(log);
}

static void kept_for_later__ends(void **state)
{
    assert_string_equal(attack("kept_for_later"), "silent and slow: no answer\n"
                                                  "stopped: no answer\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, attack_setup, attack_teardown)

int run_running_attack_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inspection__refused),
        TEST(seized_while_it_starts__never_bound),
        TEST(limits_lowered_while_it_runs__not_bound_without_log),
        TEST(stopped_while_the_log_is_full__not_bound),
        TEST(kept_for_later__ends),
    };
    return cmocka_run_group_tests_name("attacks on a running helper", tests, NULL, NULL);
}
