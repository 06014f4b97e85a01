/* SPDX-License-Identifier: MIT */
/*
 * worker bind PORT COUNT MIB THREADS [OPEN low|high]
 * worker ask PORT
 * worker spawn|vfork PROGRAM [ARGUMENT]...
 *
 * A process whose latencies are measured. For each byte on standard input it does its work once and
 * writes how long that took, as a double, in microseconds per bind or per program.
 */
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bind/receive.h"
#include "launch/send.h"

#define COUNT_MAX 64
#define CHANNEL 3 /* of "ask": to kept */
#define LOW 100   /* more descriptors than it has itself */

extern char **environ;

static struct {
    unsigned port, count, threads;
    int sockets[COUNT_MAX];
    pthread_barrier_t start, end;
} binding;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void bind_one(unsigned index)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)(binding.port + index))};
    if (bind(binding.sockets[index], (const struct sockaddr *)&address, sizeof address) != 0)
        err(EXIT_FAILURE, "bind port %u", binding.port + index);
}

static double time_exchange(unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct privbind_reply reply;
    const double start = now();
    struct privbind_request request = {PRIVBIND_PROTOCOL_VERSION, sizeof address, {0}};
    memcpy(request.address, &address, sizeof address);
    if (!request_send(CHANNEL, &request, fd) || recv(CHANNEL, &reply, sizeof reply, 0) <= 0)
        err(EXIT_FAILURE, "exchange");
    const double time = now() - start;
    close(fd);
    return time;
}

static void *bind_in_thread(void *index)
{
    for (;;) {
        pthread_barrier_wait(&binding.start);
        bind_one((unsigned)(uintptr_t)index);
        pthread_barrier_wait(&binding.end);
    }
    return NULL;
}

static void start_threads(void)
{
    pthread_t thread;
    pthread_barrier_init(&binding.start, NULL, binding.threads + 1);
    pthread_barrier_init(&binding.end, NULL, binding.threads + 1);
    for (unsigned i = 0; i < binding.threads; i++) {
        if (pthread_create(&thread, NULL, bind_in_thread, (void *)(uintptr_t)i) != 0)
            errx(EXIT_FAILURE, "pthread_create");
    }
}

/* In pages of the smallest size: a fork has the more to copy. */
static void become_resident(size_t mib)
{
    const size_t size = mib << 20;
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    if (size > 0 && mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
        err(EXIT_FAILURE, "mmap of %zu MiB", mib);
}

/* So many descriptors more, with room for sockets below them or not. */
static void open_descriptors(int count, bool leaves_room)
{
    for (int i = 0; i < count; i++) {
        if (fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, leaves_room ? LOW : 0) < 0)
            err(EXIT_FAILURE, "descriptor %d of %d", i, count);
    }
}

static double time_binds(void)
{
    for (unsigned i = 0; i < binding.count; i++) {
        binding.sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (binding.sockets[i] < 0)
            err(EXIT_FAILURE, "socket");
    }
    const double start = now();
    if (binding.threads > 0) {
        pthread_barrier_wait(&binding.start);
        pthread_barrier_wait(&binding.end);
    } else {
        for (unsigned i = 0; i < binding.count; i++)
            bind_one(i);
    }
    const double time = now() - start;
    for (unsigned i = 0; i < binding.count; i++)
        close(binding.sockets[i]);
    return time / binding.count;
}

static double time_program(char *argv[], bool with_vfork)
{
    int status = -1;
    pid_t pid;
    const double start = now();
    if (with_vfork) {
        pid = vfork();
        if (pid == 0) {
            execv(argv[0], argv);
            _exit(127);
        }
    } else if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0) {
        errx(EXIT_FAILURE, "%s", argv[0]);
    }
    waitpid(pid, &status, 0);
    const double time = now() - start;
    if (status != 0)
        errx(EXIT_FAILURE, "%s: status %d", argv[0], status);
    return time;
}

int main(int argc, char *argv[])
{
    char byte;
    const bool binds = (argc == 6 || argc == 8) && strcmp(argv[1], "bind") == 0;
    const bool asks = argc == 3 && strcmp(argv[1], "ask") == 0;
    const bool with_vfork = argc > 2 && strcmp(argv[1], "vfork") == 0;
    if (!binds && !asks && !with_vfork && (argc < 3 || strcmp(argv[1], "spawn") != 0))
        errx(2, "usage: worker bind PORT COUNT MIB THREADS [OPEN low|high] | ask PORT | "
                "spawn|vfork PROGRAM...");
    if (binds) {
        binding.port = (unsigned)atoi(argv[2]);
        binding.count = (unsigned)atoi(argv[3]);
        binding.threads = (unsigned)atoi(argv[5]);
        become_resident((size_t)atoi(argv[4]));
        start_threads();
        if (argc == 8)
            open_descriptors(atoi(argv[6]), strcmp(argv[7], "low") == 0);
    }
    while (read(STDIN_FILENO, &byte, 1) == 1) {
        const double time = binds  ? time_binds()
                            : asks ? time_exchange((unsigned)atoi(argv[2]))
                                   : time_program(argv + 2, with_vfork);
        if (write(STDOUT_FILENO, &time, sizeof time) != sizeof time)
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
