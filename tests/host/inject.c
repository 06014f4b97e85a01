/* SPDX-License-Identifier: MIT */
/* A bind for tests/system/inject.c, with all that the program could notice of it. */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct seen {
    long descriptors, mappings, pages;
    unsigned long blocked, pending;
};

static unsigned long signals_of(long number, bool is_mask)
{
    unsigned long set[16] = {0};
    if (is_mask)
        syscall(number, SIG_BLOCK, NULL, set, 8);
    else
        syscall(number, set, 8);
    return set[0];
}

/* No stdio: its buffers would be mappings. */
static long count_lines(const char *path, long *first_number)
{
    static char text[1 << 16];
    long lines = 0;
    ssize_t length;
    FILE *file = fopen(path, "re");
    setvbuf(file, NULL, _IONBF, 0);
    while ((length = (ssize_t)fread(text, 1, sizeof text - 1, file)) > 0) {
        text[length] = '\0';
        *first_number = strtol(text, NULL, 10);
        for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
    }
    fclose(file);
    return lines;
}

static void look(struct seen *seen)
{
    long unused;
    DIR *directory = opendir("/proc/self/fd");
    for (seen->descriptors = 0; readdir(directory) != NULL;)
        seen->descriptors++;
    closedir(directory);
    seen->mappings = count_lines("/proc/self/maps", &unused);
    count_lines("/proc/self/statm", &seen->pages);
    seen->blocked = signals_of(SYS_rt_sigprocmask, true);
    seen->pending = signals_of(SYS_rt_sigpending, false);
}

static long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned port_of(int fd)
{
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &length);
    return ntohs(name.sin_port);
}

static int try_bind(int fd, uint16_t port)
{
    struct sockaddr_in address = ipv4(getenv("PRIVBIND_TEST_ADDRESS"), port);
    errno = 0;
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

/* The stack will not grow any more. */
static void use_stack(void)
{
    volatile char space[1 << 16];
    for (size_t i = 0; i < sizeof space; i += 512)
        space[i] = 1;
}

static void bind_and_look(uint16_t port)
{
    static struct seen before, after;
    int fd = new_socket(AF_INET, SOCK_STREAM, 0), again = new_socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1; /* for one port twice */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    use_stack();
    puts("stdio has its buffer now");
    look(&before);
    look(&before);

    syscall(SYS_getppid);
    const long start = milliseconds();
    int result = try_bind(fd, port);
    int error = errno;
    const long time = milliseconds() - start;
    syscall(SYS_getppid);

    const unsigned bound_port = port_of(fd);
    look(&after);
    printf("result %d errno %d port %u time %ld\n", result, error, bound_port, time);
    printf("descriptors %ld mappings %ld pages %ld mask %d pending %d\n",
           after.descriptors - before.descriptors, after.mappings - before.mappings,
           after.pages - before.pages, after.blocked != before.blocked,
           after.pending != before.pending);
    int found = waitpid(-1, NULL, WNOHANG | all_children());
    printf("wait %d errno %d\n", found, errno);
    result = try_bind(again, port);
    printf("again %d errno %d\n", result, errno);
    printf("late port %u\n", port_of(fd));
}

void injected_bind(void)
{
    bind_and_look((uint16_t)atoi(getenv("PRIVBIND_TEST_PORT")));
}

/*
 * As if another thread were in the middle of a bind for ever: this library has memory of its own
 * for one of them only. A child that shares memory is killed where it would write that it has
 * no_new_privs.
 */
void injected_bind_beside_another(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    const int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    int status = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
            try_bind(fd, 80);
        _exit(EXIT_FAILURE);
    }
    waitpid(pid, &status, 0);
    close(fd);
    if (WIFSIGNALED(status))
        injected_bind();
}

/* The helper of a broker that was killed falls to it. */
void injected_bind_as_subreaper(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    injected_bind();
}
