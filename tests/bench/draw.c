/* SPDX-License-Identifier: MIT */
/* The picture: how long one bind takes, by what could make it grow. A bar for each row. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define WIDTH 760
#define LABEL_END 300 /* where labels end and bars begin */
#define BAR_WIDTH 360 /* of the longest one in a group */
#define LINE 20
#define GAP 30 /* above the heading of a group */

static bool is_drawn(const struct latencies *latencies, unsigned row, unsigned group)
{
    return bench_rows[row].group == group && latencies[row].left_out == NULL;
}

static double longest(const struct latencies *latencies, unsigned group)
{
    double most = 0;
    for (unsigned i = 0; i < bench_row_count; i++) {
        if (is_drawn(latencies, i, group) && bench_median(&latencies[i]) > most)
            most = bench_median(&latencies[i]);
    }
    return most;
}

static void draw_bar(FILE *svg, const struct row *row, double time, double most, int y)
{
    const double width = time / most * BAR_WIDTH;
    const bool is_ours = strcmp(row->contender->name, "authbind") != 0;
    fprintf(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s%s</text>\n", LABEL_END - 8, y + 14,
            row->what, is_ours ? "" : ", authbind");
    fprintf(svg, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\" fill=\"%s\"/>\n", LABEL_END,
            y + 3, width < 1 ? 1 : width, is_ours ? "#2f6f9f" : "#b5651d");
    fprintf(svg,
            time < 1000 ? "<text x=\"%.1f\" y=\"%d\">%.0f us</text>\n"
                        : "<text x=\"%.1f\" y=\"%d\">%.1f ms</text>\n",
            LABEL_END + width + 8, y + 14, time < 1000 ? time : time / 1000);
}

/* Returns where the next one begins. */
static int draw_group(FILE *svg, const struct latencies *latencies, unsigned group, int y)
{
    const double most = longest(latencies, group);
    y += GAP;
    fprintf(svg, "<text x=\"16\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y,
            bench_groups[group]);
    y += LINE / 2;
    for (unsigned i = 0; i < bench_row_count; i++) {
        if (!is_drawn(latencies, i, group))
            continue;
        draw_bar(svg, &bench_rows[i], bench_median(&latencies[i]), most, y);
        y += LINE;
    }
    return y;
}

void bench_draw(FILE *svg, const struct latencies *latencies)
{
    int y = 0, height = GAP;
    for (unsigned group = bench_growth.first; group <= bench_growth.last; group++)
        height += GAP + LINE / 2;
    for (unsigned i = 0; i < bench_row_count; i++) {
        if (bench_rows[i].group >= bench_growth.first && bench_rows[i].group <= bench_growth.last)
            height += LINE;
    }
    fprintf(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<title>Time of one bind, by memory, descriptors, threads and length of the "
            "policy</title>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            WIDTH, height);
    for (unsigned group = bench_growth.first; group <= bench_growth.last; group++)
        y = draw_group(svg, latencies, group, y);
    fputs("</svg>\n", svg);
}
