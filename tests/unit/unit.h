/* SPDX-License-Identifier: MIT */
/* What the unit tests share: they link the parts of privbind that need no privilege. */
#ifndef PRIVBIND_UNIT_H
#define PRIVBIND_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The initializer of a struct span, for literals that may hold a NUL. */
#define SPAN(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

int run_grammar_tests(void);
int run_decision_tests(void);
int run_policy_tests(void);
int run_request_check_tests(void);
int run_receive_tests(void);
int run_text_tests(void);
int run_account_tests(void);
int run_target_tests(void);
int run_program_file_tests(void);
int run_format_tests(void);
int run_ids_tests(void);
int run_lint_tests(void);
int run_services_tests(void);
int run_nearest_tests(void);
int run_clean_tests(void);
int run_runtime_tests(void);
int run_edge_tests(void);
int run_file_tests(void);
int run_places_tests(void);

/* What make valgrind cannot run, and why. */
#define cannot_run_under_valgrind(why)                                                             \
    do {                                                                                           \
        if (getenv("PRIVBIND_VALGRIND") != NULL) {                                                 \
            printf("CANNOT RUN %s: under valgrind: %s\n", __func__, why);                          \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

#endif
