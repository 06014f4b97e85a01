/* SPDX-License-Identifier: MIT */
/* What happens to this program's descriptors while a bind is delegated, beside a busy thread. */
#include "host.h"

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BINDS 40
#define FIRST_PORT 200
#define HIGH 900

static atomic_bool is_over;
static atomic_long changed, failed, rounds;

/* Nobody else opens or closes anything: the two numbers are always the same, and always ours. */
static void *open_and_close(void *unused)
{
    int expected[2] = {-1, -1}, ends[2];
    while (!is_over) {
        char byte = 'x';
        if (pipe(ends) != 0) {
            failed++;
            continue;
        }
        if (expected[0] < 0) {
            expected[0] = ends[0];
            expected[1] = ends[1];
        }
        changed += ends[0] != expected[0] || ends[1] != expected[1];
        failed += write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1;
        failed += close(ends[0]) != 0;
        failed += close(ends[1]) != 0;
        rounds++;
    }
    return NULL;
}

static int count_open(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Every second socket has a high number, so that others lie between it and the standard ones. */
void descriptors_churned_by_a_thread__bound(void)
{
    pthread_t thread;
    int sockets[BINDS], bound = 0;
    for (int i = 0; i < BINDS; i++) {
        const int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        sockets[i] = i % 2 == 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
        if (sockets[i] != fd)
            close(fd);
    }
    const int before = count_open();
    if (pthread_create(&thread, NULL, open_and_close, NULL) != 0)
        errx(EXIT_FAILURE, "thread");
    while (rounds == 0)
        usleep(100);
    for (int i = 0; i < BINDS; i++) {
        const struct sockaddr_in name = ipv4("0.0.0.0", (uint16_t)(FIRST_PORT + i));
        bound += bind(sockets[i], (const struct sockaddr *)&name, sizeof name) == 0;
    }
    is_over = true;
    pthread_join(thread, NULL);
    show_number("not bound", BINDS - bound);
    show_number("numbers that changed", changed);
    show_number("calls that failed", failed);
    show_number("left or lost", count_open() - before);
}

/* The same number is another socket of the first thread. */
static void *bind_in_own_table(void *number)
{
    const int same = (int)(intptr_t)number, fd = new_socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in name = ipv4("0.0.0.0", 80);
    if (unshare(CLONE_FILES) != 0 || dup2(fd, same) != same)
        err(EXIT_FAILURE, "own table");
    show_bind("bind", same, &name, sizeof name);
    show_number("its port", bound_port(same));
    return NULL;
}

void thread_with_own_descriptors__its_socket_bound(void)
{
    pthread_t thread;
    const int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    if (pthread_create(&thread, NULL, bind_in_own_table, (void *)(intptr_t)fd) != 0)
        errx(EXIT_FAILURE, "thread");
    pthread_join(thread, NULL);
    show_number("port of the other", bound_port(fd));
}
