/* SPDX-License-Identifier: MIT */
/*
 * bench BUILD-DIRECTORY: measures privbind against what users would take instead, side by side in a
 * sandbox, and prints tables. PRIVBIND_BENCH_JSON=FILE writes the figures to a file as well,
 * PRIVBIND_BENCH_RECORD=DIRECTORY the tables into its README.md, and a picture beside that.
 */
#include "bench.h"

#include <err.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy_built(const char *build_dir, const char *name, const char *to)
{
    char built[4096];
    snprintf(built, sizeof built, "%s/%s", build_dir, name);
    sandbox_copy_file(built, to);
}

/* As many users as a university has; ours is the last. */
static void write_users(void)
{
    FILE *file = fopen(BENCH_MANY_USERS, "we");
    if (file == NULL)
        err(EXIT_FAILURE, BENCH_MANY_USERS);
    for (int i = 0; i < 999; i++)
        fprintf(file, "user%d:x:%d:%d:A User:/home/user%d:/bin/sh\n", i, 10000 + i, 10000 + i, i);
    fprintf(file, "%s:x:%u:%u::/:/bin/sh\n", sandbox_user(), sandbox_uid(), sandbox_uid());
    if (fclose(file) != 0)
        err(EXIT_FAILURE, BENCH_MANY_USERS);
}

/* Rules that all have to be looked at, down to the names in them; only the last one matches. */
static void write_rules(int count)
{
    char path[256];
    snprintf(path, sizeof path, SANDBOX_DIR "/rules-%d", count);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        err(EXIT_FAILURE, "%s", path);
    for (int i = 1; i < count; i++)
        fprintf(file, "allow user user%d tcp 80\n", i % 999);
    fprintf(file, "allow user %s tcp 80\n", sandbox_user());
    if (fclose(file) != 0)
        err(EXIT_FAILURE, "%s", path);
}

/* What authbind looks at first. The sandbox's /etc has a link to the machine's in that place. */
static void write_authbind_policy(void)
{
    unlink("/etc/authbind");
    mkdir("/etc/authbind", 0755);
    mkdir("/etc/authbind/byport", 0755);
    sandbox_write_file("/etc/authbind/byport/80", "");
    if (chmod("/etc/authbind/byport/80", 0777) != 0)
        err(EXIT_FAILURE, "/etc/authbind/byport/80");
}

static void prepare(const char *build_dir)
{
    copy_built(build_dir, "tests/bench/worker", BENCH_WORKER);
    copy_built(build_dir, "tests/bench/empty", BENCH_EMPTY);
    copy_built(build_dir, "tests/bench/kept", BENCH_KEPT);
    copy_built(build_dir, "tests/host", BENCH_HOST);
    /* As it is installed. */
    copy_built(build_dir, "tests/bench/privbind-helper", SANDBOX_HELPER);
    sandbox_set_capability(SANDBOX_HELPER);
    sandbox_policy("allow anyone tcp 80-200\n");
    write_users();
    write_rules(1);
    write_rules(100);
    write_rules(10000);
    write_authbind_policy();
}

static void write_json(const char *path, const struct results *results)
{
    FILE *json = fopen(path, "we");
    if (json == NULL)
        err(EXIT_FAILURE, "%s", path);
    bench_write_json(json, results);
    if (fclose(json) != 0)
        err(EXIT_FAILURE, "%s", path);
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int measure(void *build_dir)
{
    static struct results results;
    prepare(build_dir);
    bench_measure(results.pinned, true);
    bench_measure(results.unpinned, false);
    results.size_count = bench_measure_sizes(&results.sizes);
    bench_print(stdout, &results);
    if (setting("PRIVBIND_BENCH_JSON") != NULL)
        write_json(setting("PRIVBIND_BENCH_JSON"), &results);
    if (setting("PRIVBIND_BENCH_RECORD") != NULL)
        bench_record(setting("PRIVBIND_BENCH_RECORD"), &results);
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        errx(2, "usage: bench BUILD-DIRECTORY");
    int status = sandbox_run(argv[1], measure, argv[1]);
    if (status == SANDBOX_UNAVAILABLE)
        errx(EXIT_FAILURE, "this needs " SANDBOX_NEEDS);
    return status;
}
