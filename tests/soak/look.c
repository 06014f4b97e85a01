/* SPDX-License-Identifier: MIT */
#include "soak.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMITS 16
#define DESCRIPTORS 1024
#define SIGNALS 64
#define GROWTH_MAX 512 /* KiB: page tables and stacks that were touched a little deeper */

static struct look {
    char maps[65536], status[4096], memory[4096], children[4096];
    char descriptors[DESCRIPTORS];
    char actions[SIGNALS + 1][64]; /* as the kernel has them, libc's own two included */
    struct rlimit limits[LIMITS];
    int wait_result, wait_error;
} looks[SOAK_MOMENTS];

static void read_file(const char *path, char *text, size_t size)
{
    size_t used = 0;
    ssize_t count;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (used < size - 1 && (count = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)count;
    close(fd);
    text[used] = '\0';
}

/* Of this thread, the only one when it is called. */
static void read_children(char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    read_file(path, text, size);
}

void soak_look(enum soak_moment moment)
{
    struct look *look = &looks[moment];
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        look->descriptors[fd] = fcntl(fd, F_GETFD) >= 0;
    for (int number = 1; number <= SIGNALS; number++)
        syscall(SYS_rt_sigaction, number, NULL, look->actions[number], SIGNALS / 8);
    for (int resource = 0; resource < LIMITS; resource++)
        getrlimit((enum __rlimit_resource)resource, &look->limits[resource]);
    read_children(look->children, sizeof look->children);
    look->wait_result = waitpid(-1, NULL, WNOHANG | __WALL);
    look->wait_error = look->wait_result < 0 ? errno : 0;
    read_file("/proc/self/maps", look->maps, sizeof look->maps);
    read_file("/proc/self/status", look->status, sizeof look->status);
    read_file("/proc/self/smaps_rollup", look->memory, sizeof look->memory);
}

/* A line of /proc/self/status, without its end; name begins with the end of the line before. */
static const char *field(enum soak_moment moment, const char *name, int *length)
{
    const char *line = strstr(looks[moment].status, name);
    line = line == NULL ? "" : line + 1;
    *length = (int)strcspn(line, "\n");
    return line;
}

/* VmRSS of status may be wrong by a megabyte: each processor counts for itself for a while. */
static long resident_kib(enum soak_moment moment)
{
    const char *line = strstr(looks[moment].memory, "\nRss:");
    return line == NULL ? 0 : atol(line + strlen("\nRss:"));
}

long soak_growth(void)
{
    return resident_kib(SOAK_AFTER) - resident_kib(SOAK_BEFORE);
}

static void compare(const char *what, const void *before, const void *after, size_t size)
{
    if (memcmp(before, after, size) != 0)
        printf("changed: %s\n", what);
}

/* Line by line, to say which. */
static void compare_maps(void)
{
    const char *before = looks[SOAK_BEFORE].maps, *after = looks[SOAK_AFTER].maps;
    while (*before != '\0' && *after != '\0') {
        const size_t old = strcspn(before, "\n"), new = strcspn(after, "\n");
        if (old != new || memcmp(before, after, old) != 0)
            break;
        before += old + 1;
        after += new + 1;
    }
    if (*before != '\0' || *after != '\0')
        printf("changed: mapping %.*s, now %.*s\n", (int)strcspn(before, "\n"), before,
               (int)strcspn(after, "\n"), after);
}

void soak_differences(void)
{
    static const char *const fields[] = {
        "\nSigPnd:",  "\nShdPnd:", "\nSigBlk:", "\nSigIgn:", "\nSigCgt:",
        "\nThreads:", "\nFDSize:", "\nVmData:", "\nCapPrm:", "\nNoNewPrivs:"};
    const struct look *before = &looks[SOAK_BEFORE], *after = &looks[SOAK_AFTER];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        int old, new;
        const char *was = field(SOAK_BEFORE, fields[i], &old);
        const char *is = field(SOAK_AFTER, fields[i], &new);
        if (old == 0 || old != new || memcmp(was, is, (size_t)old) != 0)
            printf("changed: %.*s, now %.*s\n", old, was, new, is);
    }
    compare("descriptors", before->descriptors, after->descriptors, sizeof before->descriptors);
    compare("signal dispositions", before->actions, after->actions, sizeof before->actions);
    compare("limits", before->limits, after->limits, sizeof before->limits);
    compare("children", before->children, after->children, sizeof before->children);
    compare("wait for any child", &before->wait_result, &after->wait_result, 2 * sizeof(int));
    compare_maps();
    if (soak_growth() > GROWTH_MAX)
        printf("changed: %ld KiB of memory more\n", soak_growth());
}
