/* SPDX-License-Identifier: MIT */
/* Printing what came of it. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static double median(const struct latencies *latencies)
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
    *ratio = median(&latencies[row]) / median(&latencies[comparison->to]);
    return true;
}

/* Most bars are for one CPU; on more, wake-ups across CPUs decide. */
static double bar_of(const struct comparison *comparison, bool pinned)
{
    return pinned ? comparison->bar : comparison->wide_bar;
}

static void print_comparison(const struct comparison *comparison, double ratio, bool pinned)
{
    const double bar = bar_of(comparison, pinned);
    printf(" %7.2f  %-16s", ratio, comparison->what);
    if (bar > 0)
        printf(" %5.2f  %s", bar, ratio <= bar ? "yes" : "NO");
}

void bench_print(const struct latencies *latencies, bool pinned)
{
    double ratio;
    printf("%-27s %-9s %10s %10s %7s  %-16s %5s  %s\n", "figure", "by", "median us", "p99 us",
           "ratio", "to", "bar", "holds");
    for (unsigned i = 0; i < bench_row_count; i++) {
        const struct row *row = &bench_rows[i];
        if (i > 0 && row->group != bench_rows[i - 1].group)
            putchar('\n');
        printf("%-27s %-9s", row->figure, row->contender->name);
        if (latencies[i].left_out != NULL)
            printf(" not measured: %s", latencies[i].left_out);
        else
            printf(" %10.2f %10.2f", median(&latencies[i]), p99(&latencies[i]));
        for (unsigned j = 0; j < BENCH_COMPARISONS; j++) {
            if (!compare(latencies, i, j, &ratio))
                continue;
            if (j > 0)
                printf("\n%59s", "");
            print_comparison(&row->comparisons[j], ratio, pinned);
        }
        putchar('\n');
    }
}

static void write_row(FILE *file, const struct latencies *latencies, unsigned index, bool pinned)
{
    const struct row *row = &bench_rows[index];
    double ratio;
    fprintf(file, "  {\"figure\": \"%s\", \"by\": \"%s\", \"pinned\": %s", row->figure,
            row->contender->name, pinned ? "true" : "false");
    if (latencies[index].left_out != NULL)
        fprintf(file, ", \"not_measured\": \"%s\"", latencies[index].left_out);
    else
        fprintf(file, ", \"median_us\": %.3f, \"p99_us\": %.3f", median(&latencies[index]),
                p99(&latencies[index]));
    fputs(", \"ratios\": [", file);
    for (unsigned j = 0; j < BENCH_COMPARISONS; j++) {
        const struct comparison *comparison = &row->comparisons[j];
        if (!compare(latencies, index, j, &ratio))
            continue;
        fprintf(file, "%s{\"to\": \"%s\", \"ratio\": %.4f", j > 0 ? ", " : "", comparison->what,
                ratio);
        const double bar = bar_of(comparison, pinned);
        if (bar > 0)
            fprintf(file, ", \"bar\": %.2f, \"holds\": %s", bar, ratio <= bar ? "true" : "false");
        fputc('}', file);
    }
    fputs("]},\n", file);
}

void bench_write_latencies(FILE *json, const struct latencies *latencies, bool pinned)
{
    for (unsigned i = 0; i < bench_row_count; i++)
        write_row(json, latencies, i, pinned);
}

void bench_write_size(FILE *json, const struct size *size, bool is_last)
{
    fprintf(json, "  {\"figure\": \"%s\"", size->figure);
    if (size->left_out != NULL)
        fprintf(json, ", \"not_measured\": \"%s\"", size->left_out);
    else
        fprintf(json, ", \"value\": %ld, \"unit\": \"%s\"", size->value, size->unit);
    if (size->has_bar)
        fprintf(json, ", \"bar\": %ld", size->bar);
    fprintf(json, "}%s\n", is_last ? "" : ",");
}

void bench_print_size(const struct size *size)
{
    printf("%-37s", size->figure);
    if (size->left_out != NULL)
        printf(" not measured: %s", size->left_out);
    else
        printf(" %10ld %-16s", size->value, size->unit);
    if (size->left_out == NULL && size->has_bar)
        printf(" bar %6ld  %s", size->bar, size->value <= size->bar ? "yes" : "NO");
    putchar('\n');
}
