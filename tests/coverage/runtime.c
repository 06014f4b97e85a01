/* SPDX-License-Identifier: MIT */
/*
 * Counts executed lines in files that all processes map, instead of writing them when a process
 * ends: helpers are killed, hosts and brokers end by _exit(2), limits and namespaces forbid files.
 * Linked into each program that is measured, and into the library: raw system calls only.
 *
 * With PRIVBIND_COVERAGE_DUMP=DIRECTORY in its environment the program only writes its counts
 * there, as gcov reads them, and ends (gcc(1), -fprofile-info-section).
 */
#include <fcntl.h>
#include <gcov.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/machine.h"

#define HIDDEN __attribute__((visibility("hidden"))) /* the library exports bind only */
#define PATH_SIZE 4096

/* Of counters.ld. */
extern const struct gcov_info *const coverage_objects[] HIDDEN,
    *const coverage_objects_end[] HIDDEN;
extern char coverage_counters[] HIDDEN, coverage_counters_end[] HIDDEN;

struct dump {
    const char *directory;
    long fd;
};

/* What the instrumented code names, but only libgcov's own way of writing would call. */
HIDDEN void __gcov_merge_add(int64_t *counters, unsigned count);
void __gcov_merge_add(int64_t *counters, unsigned count)
{
    (void)counters;
    (void)count;
}

#ifdef COVERAGE_WITHOUT_LIBC /* libgcov has a use for these with other kinds of counters only */
HIDDEN void abort(void);
void abort(void)
{
}
HIDDEN void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset);
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    (void)at, (void)length, (void)protection, (void)flags, (void)fd, (void)offset;
    return MAP_FAILED;
}
#endif

/* The path of a file in a directory. Two rooms may have a file of one name: it is its whole name
   there, with # for each slash. */
static void make_path(char path[PATH_SIZE], const char *directory, const char *name)
{
    char *at = path;
    const char *const end = path + PATH_SIZE - 1;
    while (*directory != '\0' && at < end)
        *at++ = *directory++;
    if (at < end)
        *at++ = '/';
    for (; *name != '\0' && at < end; name++)
        *at++ = *name == '/' ? '#' : *name;
    *at = '\0';
}

static void open_file(const char *name, void *argument)
{
    struct dump *dump = argument;
    char path[PATH_SIZE];
    make_path(path, dump->directory, name);
    dump->fd = RAW_4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

static void write_part(const void *part, unsigned length, void *argument)
{
    const struct dump *dump = argument;
    if (RAW_3(SYS_write, dump->fd, part, length) != (long)length)
        RAW_1(SYS_exit_group, 1);
}

static void *allocate(unsigned length, void *unused)
{
    (void)unused;
    return raw_mmap(length);
}

static void dump_counts(const char *directory)
{
    for (const struct gcov_info *const *at = coverage_objects; at < coverage_objects_end; at++) {
        struct dump dump = {directory, -1};
        __gcov_info_to_gcda(*at, open_file, write_part, allocate, &dump);
        RAW_1(SYS_close, dump.fd);
    }
    RAW_1(SYS_exit_group, 0);
}

static bool map_counters(const char *directory)
{
    char path[PATH_SIZE];
    make_path(path, directory, COVERAGE_NAME);
    const long fd = RAW_3(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    const long length = coverage_counters_end - coverage_counters;
    RAW_6(SYS_MAP, coverage_counters, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
          0);
    RAW_1(SYS_close, fd);
    return true;
}

static const char *directory_to_dump_to(char **variables)
{
    static const char name[] = "PRIVBIND_COVERAGE_DUMP=";
    for (; variables != NULL && *variables != NULL; variables++) {
        size_t i = 0;
        while (name[i] != '\0' && (*variables)[i] == name[i])
            i++;
        if (name[i] == '\0')
            return *variables + i;
    }
    return NULL;
}

/* The first of all constructors. In the sandbox the directory is where every user can reach it. */
__attribute__((constructor(101))) static void start(int argc, char **argv, char **variables)
{
    (void)argc;
    (void)argv;
    if (!map_counters(COVERAGE_IN_SANDBOX))
        map_counters(COVERAGE_DIRECTORY);
    const char *directory = directory_to_dump_to(variables);
    if (directory != NULL)
        dump_counts(directory);
}
