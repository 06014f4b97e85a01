/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. Each is run by libFuzzer (make fuzz), and over its corpus, without
 * libFuzzer and by any compiler, by make check.
 */
#ifndef PRIVBIND_FUZZ_H
#define PRIVBIND_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FUZZ_REJECTED (-1)    /* the input says nothing: it does not go into the corpus */
#define FUZZ_INPUT_MAX 16384u /* bytes in an input that a target's own mutator makes */

/* Changes bytes in place, at most to size_max; returns their new number. */
typedef size_t fuzz_bytes(uint8_t *data, size_t size, size_t size_max);

struct fuzz_target {
    const char *name;            /* of its directory in tests/fuzz/corpus, too */
    const char *const *outcomes; /* ends with NULL; each must occur in the corpus */

    /* Tries one input. Returns an index of outcomes, or FUZZ_REJECTED. */
    int (*run)(const uint8_t *data, size_t size);

    /* Makes another input of one that knows what inputs look like; NULL: bytes serves. */
    size_t (*mutate)(uint8_t *data, size_t size, size_t size_max, unsigned seed, fuzz_bytes *bytes);
};

extern const struct fuzz_target fuzz_policy, fuzz_option, fuzz_target, fuzz_account, fuzz_program,
    fuzz_request, fuzz_receive, fuzz_reply, fuzz_text;

/* Ends the run: something is not as it must be. */
__attribute__((format(printf, 1, 2))) _Noreturn void fuzz_finding(const char *format, ...);

#define FUZZ_CHECK(condition)                                                                      \
    ((condition) ? (void)0 : fuzz_finding("%s:%d: %s", __FILE__, __LINE__, #condition))

#endif
