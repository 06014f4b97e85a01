/* SPDX-License-Identifier: MIT */
/* A target under libFuzzer: FUZZ_TARGET is which. Says at the end how its executions came out. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define OUTCOMES_MAX 16

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
fuzz_bytes LLVMFuzzerMutate; /* libFuzzer's own */

static const struct fuzz_target *const target = &FUZZ_TARGET;
static uint64_t executions, rejected, counts[OUTCOMES_MAX];

void fuzz_finding(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "finding: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

static double percent(uint64_t count)
{
    return executions == 0 ? 0 : 100.0 * (double)count / (double)executions;
}

static void report(void)
{
    fprintf(stderr, "%s: %" PRIu64 " executions: ", target->name, executions);
    for (size_t i = 0; target->outcomes[i] != NULL; i++)
        fprintf(stderr, "%s %.1f %%, ", target->outcomes[i], percent(counts[i]));
    fprintf(stderr, "no input %.1f %%\n", percent(rejected));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    atexit(report);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int outcome = target->run(data, size);
    executions++;
    if (outcome == FUZZ_REJECTED) {
        rejected++;
        return -1;
    }
    counts[outcome]++;
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    return target->mutate != NULL ? target->mutate(data, size, size_max, seed, LLVMFuzzerMutate)
                                  : LLVMFuzzerMutate(data, size, size_max);
}
