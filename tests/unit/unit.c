/* SPDX-License-Identifier: MIT */
/* Runs the unit tests; with an argument only those whose name matches the pattern. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    static int (*const groups[])(void) = {
        run_grammar_tests,      run_decision_tests, run_policy_tests,  run_request_check_tests,
        run_receive_tests,      run_text_tests,     run_account_tests, run_target_tests,
        run_program_file_tests, run_format_tests,   run_lint_tests,    run_services_tests,
        run_nearest_tests,      run_clean_tests,    run_ids_tests,     run_runtime_tests,
        run_edge_tests,         run_file_tests,     run_places_tests};
    int failures = 0;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COUNT(groups); i++)
        failures += groups[i]();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
