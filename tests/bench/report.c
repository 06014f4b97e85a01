/* SPDX-License-Identifier: MIT */
/* Printing what came of it: tables that read well in a terminal, and in a README. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

double bench_median(const struct latencies *latencies)
{
    return latencies->samples[BENCH_ROUNDS / 2];
}

static double p99(const struct latencies *latencies)
{
    return latencies->samples[BENCH_ROUNDS * 99 / 100];
}

/* Whether there is such a comparison, and both sides of it were measured. */
static bool compare(const struct latencies *latencies, unsigned row, unsigned index, double *ratio)
{
    const struct comparison *comparison = &bench_rows[row].comparisons[index];
    if (comparison->what == NULL || latencies[row].left_out != NULL ||
        latencies[comparison->to].left_out != NULL)
        return false;
    *ratio = bench_median(&latencies[row]) / bench_median(&latencies[comparison->to]);
    return true;
}

/* Whether another row is compared with this one. */
static bool is_baseline(unsigned index)
{
    for (unsigned row = 0; row < bench_row_count; row++) {
        for (unsigned i = 0; i < BENCH_COMPARISONS; i++) {
            const struct comparison *comparison = &bench_rows[row].comparisons[i];
            if (comparison->what != NULL && comparison->to == index)
                return true;
        }
    }
    return false;
}

/* The machine, as far as it matters: processor, how many, kernel. */
static void print_machine(FILE *file)
{
    char line[256], name[256] = "an unknown processor";
    struct utsname kernel;
    FILE *cpus = fopen("/proc/cpuinfo", "re");
    while (cpus != NULL && fgets(line, sizeof line, cpus) != NULL)
        sscanf(line, "model name : %255[^\n]", name);
    if (cpus != NULL)
        fclose(cpus);
    uname(&kernel);
    fprintf(file, "%s, %ld CPUs, Linux %.*s. ", name, sysconf(_SC_NPROCESSORS_ONLN),
            (int)strcspn(kernel.release, "-"), kernel.release);
}

static void print_row(FILE *file, const struct results *results, unsigned index)
{
    const struct row *row = &bench_rows[index];
    const struct latencies *pinned = &results->pinned[index];
    const struct latencies *unpinned = &results->unpinned[index];
    const char *separator = "";
    double ratio;
    fprintf(file, "| %-29s | %-28s |", row->what, row->contender->name);
    if (pinned->left_out != NULL) {
        fprintf(file, " not measured: %s | | | | |\n", pinned->left_out);
        return;
    }
    fprintf(file, " %10.2f | %10.2f | %10.2f | %10.2f |", bench_median(pinned), p99(pinned),
            bench_median(unpinned), p99(unpinned));
    for (unsigned i = 0; i < BENCH_COMPARISONS; i++) {
        if (!compare(results->pinned, index, i, &ratio))
            continue;
        fprintf(file, "%s %.2f x %s", separator, ratio, row->comparisons[i].what);
        separator = ",";
    }
    if (separator[0] == '\0')
        fputs(is_baseline(index) ? " 1" : " ", file);
    fputs(" |\n", file);
}

static void print_size(FILE *file, const struct size *size)
{
    if (size->left_out != NULL)
        fprintf(file, "| %-68s | not measured: %s |\n", size->what, size->left_out);
    else
        fprintf(file, "| %-68s | %ld%s%s |\n", size->what, size->value,
                size->unit[0] != '\0' ? " " : "", size->unit);
}

void bench_print(FILE *file, const struct results *results)
{
    print_machine(file);
    fprintf(file, "%u rounds, interleaved; times in microseconds.\n", BENCH_ROUNDS);
    for (unsigned i = 0; i < bench_row_count; i++) {
        if (i == 0 || bench_rows[i].group != bench_rows[i - 1].group)
            fprintf(file,
                    "\n### %s\n\n| what | how | one CPU: median | 99th percentile | all CPUs: "
                    "median | 99th percentile | ratio of medians, one CPU |\n"
                    "|---|---|--:|--:|--:|--:|---|\n",
                    bench_groups[bench_rows[i].group]);
        print_row(file, results, i);
    }
    fputs("\n### Counts and sizes\n\n| what | |\n|---|--:|\n", file);
    for (size_t i = 0; i < results->size_count; i++)
        print_size(file, &results->sizes[i]);
}

static void write_row(FILE *json, const struct latencies *latencies, unsigned index, bool pinned)
{
    const struct row *row = &bench_rows[index];
    const char *separator = "";
    double ratio;
    fprintf(json, "  {\"group\": \"%s\", \"what\": \"%s\", \"by\": \"%s\", \"cpus\": \"%s\"",
            bench_groups[row->group], row->what, row->contender->name, pinned ? "one" : "all");
    if (latencies[index].left_out != NULL)
        fprintf(json, ", \"not_measured\": \"%s\"", latencies[index].left_out);
    else
        fprintf(json, ", \"median_us\": %.3f, \"p99_us\": %.3f", bench_median(&latencies[index]),
                p99(&latencies[index]));
    fputs(", \"ratios\": [", json);
    for (unsigned i = 0; i < BENCH_COMPARISONS; i++) {
        if (!compare(latencies, index, i, &ratio))
            continue;
        fprintf(json, "%s{\"to\": \"%s\", \"ratio\": %.4f}", separator, row->comparisons[i].what,
                ratio);
        separator = ", ";
    }
    fputs("]},\n", json);
}

void bench_write_json(FILE *json, const struct results *results)
{
    fputs("[\n", json);
    for (unsigned i = 0; i < bench_row_count; i++)
        write_row(json, results->pinned, i, true);
    for (unsigned i = 0; i < bench_row_count; i++)
        write_row(json, results->unpinned, i, false);
    for (size_t i = 0; i < results->size_count; i++) {
        const struct size *size = &results->sizes[i];
        fprintf(json, "  {\"what\": \"%s\"", size->what);
        if (size->left_out != NULL)
            fprintf(json, ", \"not_measured\": \"%s\"", size->left_out);
        else
            fprintf(json, ", \"value\": %ld, \"unit\": \"%s\"", size->value, size->unit);
        fputs(i + 1 < results->size_count ? "},\n" : "}\n", json);
    }
    fputs("]\n", json);
}
