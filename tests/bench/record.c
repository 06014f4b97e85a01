/* SPDX-License-Identifier: MIT */
/* Keeping what came of it, beside the benchmark. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define BEGIN "<!-- make bench RECORD=1 writes from here -->\n"
#define END "<!-- to here -->\n"

#define TEXT_MAX (1 << 20)

/* The whole file, NUL-terminated; the next call takes its place. */
static char *read_text(const char *path)
{
    static char text[TEXT_MAX];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        err(EXIT_FAILURE, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void write_readme(const char *path, const struct results *results)
{
    char *text = read_text(path);
    char *begin = strstr(text, BEGIN), *end = strstr(text, END);
    if (begin == NULL || end == NULL || end < begin)
        errx(EXIT_FAILURE, "%s has no place for the tables", path);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        err(EXIT_FAILURE, "%s", path);
    fprintf(file, "%.*s" BEGIN "\n", (int)(begin - text), text);
    bench_print(file, results);
    fprintf(file, "\n%s", end);
    if (fclose(file) != 0)
        err(EXIT_FAILURE, "%s", path);
}

void bench_record(const char *directory, const struct results *results)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/README.md", directory);
    write_readme(path, results);
    snprintf(path, sizeof path, "%s/growth.svg", directory);
    FILE *svg = fopen(path, "we");
    if (svg == NULL)
        err(EXIT_FAILURE, "%s", path);
    bench_draw(svg, results->pinned);
    if (fclose(svg) != 0)
        err(EXIT_FAILURE, "%s", path);
}
