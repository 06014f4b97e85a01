/* SPDX-License-Identifier: MIT */
/*
 * Runs the corpus, and inputs made from the grammar, without libFuzzer. The argument is the
 * directory tests/fuzz/corpus.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz.h"

#define GENERATED 20000 /* inputs: a fraction of a second */
#define OUTCOMES_MAX 16

static const char *corpus;
static char current[4096]; /* the input that is tried */

void fuzz_finding(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fail_msg("%s: %s", current, text);
    abort(); /* fail_msg does not return */
}

/* In memory of exactly its size, so that the address sanitizer sees what is read beyond it. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    uint8_t *data = malloc(*size);
    rewind(file);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

static void replay_file(const struct fuzz_target *target, const char *name, size_t *counts)
{
    snprintf(current, sizeof current, "%s/%s/%s", corpus, target->name, name);
    size_t size;
    uint8_t *data = read_file(current, &size);
    const int outcome = target->run(data, size);
    if (outcome != FUZZ_REJECTED)
        counts[outcome]++;
    free(data);
}

/* Each outcome must occur: a corpus that says nothing any more would pass for ever. */
static void corpus__no_finding(void **state)
{
    const struct fuzz_target *target = *state;
    const char *without = getenv("PRIVBIND_WITHOUT");
    if (target == &fuzz_receive && without != NULL && strcmp(without, "control-messages") == 0)
        skip(); /* an emulator makes its own of them */
    size_t counts[OUTCOMES_MAX] = {0};
    char path[2048];
    snprintf(path, sizeof path, "%s/%s", corpus, target->name);
    DIR *directory = opendir(path);
    if (directory == NULL)
        fail_msg("there is no directory %s", path);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.')
            replay_file(target, entry->d_name, counts);
    }
    closedir(directory);
    for (size_t i = 0; target->outcomes[i] != NULL; i++) {
        if (counts[i] == 0)
            fail_msg("%s: no input has the outcome '%s'", path, target->outcomes[i]);
    }
}

/* The same inputs everywhere, each time. */
static void generated__no_finding(void **state)
{
    const struct fuzz_target *target = *state;
    size_t counts[OUTCOMES_MAX] = {0};
    static uint8_t data[FUZZ_INPUT_MAX];
    for (unsigned seed = 1; seed <= GENERATED; seed++) {
        snprintf(current, sizeof current, "%s, generated from seed %u", target->name, seed);
        const size_t size = target->mutate(data, 0, sizeof data, seed, NULL);
        const int outcome = target->run(data, size);
        assert_int_not_equal(outcome, FUZZ_REJECTED);
        counts[outcome]++;
    }
    for (size_t i = 0; target->outcomes[i] != NULL; i++)
        assert_true(counts[i] > GENERATED / 100);
}

int main(int argc, char *argv[])
{
    static const struct fuzz_target *const targets[] = {&fuzz_policy,  &fuzz_option,  &fuzz_target,
                                                        &fuzz_account, &fuzz_program, &fuzz_request,
                                                        &fuzz_receive, &fuzz_reply,   &fuzz_text};
    static const struct fuzz_target *const generating[] = {&fuzz_policy, &fuzz_option, &fuzz_target,
                                                           &fuzz_account};
    struct CMUnitTest tests[COUNT(targets) + COUNT(generating)];
    static char names[COUNT(tests)][64];
    if (argc != 2) {
        fprintf(stderr, "usage: replay DIRECTORY\n");
        return EXIT_FAILURE;
    }
    corpus = argv[1];
    for (size_t i = 0; i < COUNT(tests); i++) {
        const bool is_corpus = i < COUNT(targets);
        const struct fuzz_target *target = is_corpus ? targets[i] : generating[i - COUNT(targets)];
        snprintf(names[i], sizeof names[i], "%s_of_%s__no_finding",
                 is_corpus ? "corpus" : "generated_inputs", target->name);
        tests[i] =
            (struct CMUnitTest){names[i], is_corpus ? corpus__no_finding : generated__no_finding,
                                NULL, NULL, (void *)(uintptr_t)target};
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return cmocka_run_group_tests_name("fuzzing", tests, NULL, NULL);
}
