/* SPDX-License-Identifier: MIT */
/* What is no latency: sizes, and counts that noise does not touch. */
#include <err.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "trace.h"

#define VALGRIND "/usr/bin/valgrind"

static long size_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        err(EXIT_FAILURE, "%s", path);
    return (long)status.st_size;
}

/* Instructions of the program from the call of bind for an unprivileged port to its return. */
static long count_instructions(const char *preload)
{
    char command[512], line[256];
    long count = -1;
    snprintf(command, sizeof command,
             "printf x | LD_PRELOAD=%s " VALGRIND " --tool=callgrind --toggle-collect=bind "
             "--callgrind-out-file=/dev/null " BENCH_WORKER " bind 2000 1 0 0 2>&1",
             preload);
    FILE *output = popen(command, "re");
    while (output != NULL && fgets(line, sizeof line, output) != NULL)
        sscanf(line, "==%*d== Collected : %ld", &count);
    if (output != NULL)
        pclose(output);
    return count;
}

/* Processes of the sandbox, but for this one. */
static long count_others(void)
{
    long pid, count = -1;
    FILE *output = popen("ls /proc", "re");
    char line[64];
    while (output != NULL && fgets(line, sizeof line, output) != NULL)
        count += sscanf(line, "%ld", &pid) == 1;
    if (output != NULL)
        pclose(output);
    return count - 2; /* the shell and ls */
}

size_t bench_measure_sizes(const struct size **sizes)
{
    static struct size all[8];
    size_t count = 0;
    struct trace trace;
    const bool is_traced = trace_binds(NULL, BENCH_HOST, bench_library, &trace);
    const char *untraced = is_traced ? NULL : "no tracing here";
    const char *no_valgrind = access(VALGRIND, X_OK) == 0 ? NULL : "no valgrind";

    all[count++] = (struct size){.what = "size of privbind-helper, stripped",
                                 .unit = "bytes",
                                 .value = size_of(SANDBOX_HELPER)};
    all[count++] = (struct size){.what = "memory of privbind-helper, at most",
                                 .unit = "KiB",
                                 .value = (long)trace.helper_peak,
                                 .left_out = untraced};
    all[count++] =
        (struct size){.what = "processes between binds", .unit = "", .value = count_others()};
    all[count++] = (struct size){.what = "system calls, port that needs no privilege",
                                 .unit = "",
                                 .value = trace.calls[TRACE_UNPRIVILEGED],
                                 .left_out = untraced};
    all[count++] = (struct size){.what = "system calls, privileged port, all processes",
                                 .unit = "",
                                 .value = trace.calls[TRACE_PRIVILEGED],
                                 .left_out = untraced};
    all[count++] = (struct size){.what = "by the program alone",
                                 .unit = "",
                                 .value = trace.calls_of_host[TRACE_PRIVILEGED],
                                 .left_out = untraced};
    all[count++] =
        (struct size){.what = "instructions, port that needs no privilege, without the library",
                      .unit = "",
                      .left_out = no_valgrind};
    all[count++] =
        (struct size){.what = "instructions, port that needs no privilege, with the library",
                      .unit = "",
                      .left_out = no_valgrind};
    if (no_valgrind == NULL) {
        all[6].value = count_instructions("");
        all[7].value = count_instructions(SANDBOX_LIBRARY);
    }
    *sizes = all;
    return count;
}
