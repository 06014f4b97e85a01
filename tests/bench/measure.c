/* SPDX-License-Identifier: MIT */
/* Starting the workers and asking them in turns. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "older.h"

#define ARGUMENTS_MAX 20
#define DESCRIPTORS_MAX 16384 /* for rows that have many open */

struct worker {
    pid_t pid;
    int to, from;
};

static void replace_file(const char *file, const char *by)
{
    if (mount(by, file, NULL, MS_BIND, NULL) != 0)
        err(EXIT_FAILURE, "%s in place of %s", by, file);
}

/* Where the row has a policy of its own, its worker lives in a mount namespace of its own. */
static void use_policy(const char *policy)
{
    if (unshare(CLONE_NEWNS) != 0)
        err(EXIT_FAILURE, "mount namespace");
    replace_file(PRIVBIND_CONF, policy);
    replace_file("/etc/passwd", BENCH_MANY_USERS);
}

static void exec_worker(const struct row *row, int requests, int answers)
{
    static const char *const no_environment[] = {NULL};
    const struct contender *contender = row->contender;
    const char *argv[ARGUMENTS_MAX + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; contender->wrapper != NULL && contender->wrapper[i] != NULL; i++)
        argv[count++] = contender->wrapper[i];
    argv[count++] = BENCH_WORKER;
    for (size_t i = 0; i < BENCH_ARGUMENTS && row->arguments[i] != NULL; i++)
        argv[count++] = row->arguments[i];

    setrlimit(RLIMIT_NOFILE, &(struct rlimit){DESCRIPTORS_MAX, DESCRIPTORS_MAX});
    dup2(requests, STDIN_FILENO);
    dup2(answers, STDOUT_FILENO);
    closefrom(3);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (row->policy != NULL)
        use_policy(row->policy);
    if (contender->become != NULL)
        contender->become();
    execve(
        argv[0], (char *const *)argv,
        (char *const *)(contender->environment == NULL ? no_environment : contender->environment));
    err(EXIT_FAILURE, "%s", argv[0]);
}

static double ask(const struct row *row, const struct worker *worker)
{
    double time;
    if (write(worker->to, "", 1) != 1 || read(worker->from, &time, sizeof time) != sizeof time)
        errx(EXIT_FAILURE, "no answer from %s by %s", row->what, row->contender->name);
    return time;
}

static unsigned long available_gib(void)
{
    unsigned long kib = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "MemAvailable: %lu", &kib);
    if (file != NULL)
        fclose(file);
    return kib >> 20;
}

static const char *why_left_out(const struct row *row)
{
    const struct contender *contender = row->contender;
    if (contender->needs != NULL && access(contender->needs, X_OK) != 0)
        return "it is not installed";
    if (row->needs != NULL && access(row->needs, X_OK) != 0)
        return "the program is not installed";
    if (contender->needs_root && sandbox_is_user_namespace())
        return "it needs root";
    return available_gib() <= row->gib ? "not enough memory" : NULL;
}

static struct worker start(const struct row *row)
{
    struct worker worker;
    int requests[2], answers[2];
    if (pipe2(requests, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    worker.pid = fork();
    if (worker.pid < 0)
        err(EXIT_FAILURE, "fork");
    if (worker.pid == 0)
        exec_worker(row, requests[0], answers[1]);
    close(requests[0]);
    close(answers[1]);
    worker.to = requests[1];
    worker.from = answers[0];
    ask(row, &worker); /* once to warm up, and it has its memory then */
    return worker;
}

static void stop(struct worker *worker)
{
    close(worker->to);
    close(worker->from);
    waitpid(worker->pid, NULL, 0);
}

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Another order each time: who comes after a fork of 4 GiB finds cold caches. */
static void shuffle(unsigned *order, unsigned count)
{
    for (unsigned i = count; i > 1; i--) {
        const unsigned other = (unsigned)random() % i, last = order[i - 1];
        order[i - 1] = order[other];
        order[other] = last;
    }
}

static void measure_group(unsigned group, struct latencies *latencies)
{
    struct worker workers[BENCH_ROWS_MAX];
    unsigned order[BENCH_ROWS_MAX], count = 0;
    for (unsigned i = 0; i < bench_row_count; i++) {
        if (bench_rows[i].group != group)
            continue;
        latencies[i].left_out = why_left_out(&bench_rows[i]);
        if (latencies[i].left_out != NULL)
            continue;
        workers[i] = start(&bench_rows[i]);
        order[count++] = i;
    }
    for (unsigned round = 0; round < BENCH_ROUNDS; round++) {
        shuffle(order, count);
        for (unsigned i = 0; i < count; i++)
            latencies[order[i]].samples[round] = ask(&bench_rows[order[i]], &workers[order[i]]);
    }
    for (unsigned i = 0; i < count; i++) {
        stop(&workers[order[i]]);
        qsort(latencies[order[i]].samples, BENCH_ROUNDS, sizeof(double), by_size);
    }
}

/* Pins this process, and so all workers, to the last CPU that it may use. */
static void pin(const cpu_set_t *allowed)
{
    cpu_set_t one;
    size_t last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, allowed))
        last--;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        err(EXIT_FAILURE, "sched_setaffinity");
}

void bench_measure(struct latencies *latencies, bool pinned)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        err(EXIT_FAILURE, "sched_getaffinity");
    if (pinned)
        pin(&allowed);
    for (unsigned group = 0; group < bench_group_count; group++)
        measure_group(group, latencies);
    sched_setaffinity(0, sizeof allowed, &allowed);
}
