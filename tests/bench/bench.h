/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share: what is measured, and what came of it. */
#ifndef PRIVBIND_BENCH_H
#define PRIVBIND_BENCH_H

#include <stdbool.h>
#include <stdio.h>

#include "sandbox.h"

#define BENCH_WORKER SANDBOX_DIR "/worker"
#define BENCH_EMPTY SANDBOX_DIR "/empty"
#define BENCH_KEPT SANDBOX_DIR "/kept"
#define BENCH_HOST SANDBOX_DIR "/host"
#define BENCH_MANY_USERS SANDBOX_DIR "/passwd-1000"

#define BENCH_ROUNDS 300u
#define BENCH_ROWS_MAX 64u
#define BENCH_ARGUMENTS 7u
#define BENCH_COMPARISONS 3u

/* A way for a process to get at a privileged port. */
struct contender {
    const char *name;
    const char *const *wrapper;     /* the command in front of the worker; NULL: none */
    const char *const *environment; /* NAME=VALUE, NULL-terminated; NULL: none */
    void (*become)(void);           /* what the worker is before execve(2); NULL: root */
    bool needs_root;                /* it cannot work in a user namespace */
    const char *needs;              /* a program, without which it is left out; NULL: none */
};

/* The ratio of a row's median to that of another one. */
struct comparison {
    unsigned to;      /* the other row */
    const char *what; /* the other row in words; NULL: there is no comparison */
};

/* What a program needs to use the library. */
extern const char *const bench_library[];

/* One latency. The rows of a group are measured in turns. */
struct row {
    unsigned group;
    const char *what;
    const struct contender *contender;
    const char *arguments[BENCH_ARGUMENTS]; /* of the worker */
    const char *policy; /* a file in place of /etc/privbind.conf, with many users; NULL: none */
    const char *needs;  /* a program, without which it is left out; NULL: none */
    unsigned gib;       /* resident */
    struct comparison comparisons[BENCH_COMPARISONS];
};

extern const struct row bench_rows[];
extern const unsigned bench_row_count, bench_group_count;

/* What the rows of each group are about; those of which there is a picture follow each other. */
extern const char *const bench_groups[];
extern const struct group_range {
    unsigned first, last;
} bench_growth;

/* What came of a row. */
struct latencies {
    const char *left_out;         /* why it was not measured; NULL: it was */
    double samples[BENCH_ROUNDS]; /* microseconds, in ascending order */
};

/* A figure that is not a latency. */
struct size {
    const char *what, *unit;
    long value;
    const char *left_out;
};

/* Everything that was measured: latencies with everything on one CPU and on all, and the rest. */
struct results {
    struct latencies pinned[BENCH_ROWS_MAX], unpinned[BENCH_ROWS_MAX];
    const struct size *sizes;
    size_t size_count;
};

/* Measures every row; latencies has room for all. Pinned: with everything on one CPU. */
void bench_measure(struct latencies *latencies, bool pinned);

/* Measures the figures that are no latencies. Returns how many; they are static. */
size_t bench_measure_sizes(const struct size **sizes);

/* In microseconds. */
double bench_median(const struct latencies *latencies);

/* All tables, for people; the same as a JSON array. */
void bench_print(FILE *file, const struct results *results);
void bench_write_json(FILE *json, const struct results *results);

/* Writes the tables into README.md of a directory, and the picture of what grows beside it. */
void bench_record(const char *directory, const struct results *results);

/* The picture. */
void bench_draw(FILE *svg, const struct latencies *latencies);

#endif
