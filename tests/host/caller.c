/* SPDX-License-Identifier: MIT */
/* Scenarios about who calls bind(2): threads, children, handlers. host.h says how they are used. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 16

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static void start(pthread_t *thread, size_t stack_size, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack_size > 0 && pthread_attr_setstacksize(&attributes, stack_size) != 0)
        errx(EXIT_FAILURE, "stack size");
    if (pthread_create(thread, &attributes, run, argument) != 0)
        errx(EXIT_FAILURE, "pthread_create");
}

/* Returns 0 or the errno, for threads that must not print. */
static int quiet_bind(uint16_t port)
{
    struct sockaddr_in name = ipv4("0.0.0.0", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno;
}

static void *bind_port(void *port)
{
    return (void *)(intptr_t)quiet_bind((uint16_t)(intptr_t)port);
}

static void show_thread(const char *what, pthread_t thread)
{
    void *result;
    pthread_join(thread, &result);
    if (result == PTHREAD_CANCELED)
        printf("%s: canceled\n", what);
    else
        show_number(what, (long)(intptr_t)result);
}

/* 32 KiB, or the least that there is: 128 KiB on arm64. */
void thread_with_small_stack__bound(void)
{
    pthread_t thread;
    const long least = sysconf(_SC_THREAD_STACK_MIN);
    start(&thread, least > 32768 ? (size_t)least : 32768, bind_port, (void *)80);
    show_thread("bind", thread);
}

void sixteen_threads_at_once__all_bound(void)
{
    pthread_t threads[THREADS];
    for (int round = 0; round < 10; round++) {
        for (intptr_t i = 0; i < THREADS; i++)
            start(&threads[i], 0, bind_port, (void *)(100 + round * THREADS + i));
        for (int i = 0; i < THREADS; i++)
            show_thread("bind", threads[i]);
    }
}

void threads_for_one_port__one_wins(void)
{
    pthread_t threads[THREADS];
    int bound = 0, taken = 0;
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], 0, bind_port, (void *)80);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        bound += (intptr_t)result == 0;
        taken += (intptr_t)result == EADDRINUSE;
    }
    show_number("bound", bound);
    show_number("taken", taken);
}

static volatile sig_atomic_t handler_result = -1, handler_runs;

static void bind_in_handler(int signal_number)
{
    (void)signal_number;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(80)};
    int saved = errno;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    handler_result = bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno;
    close(fd);
    if (++handler_runs == 20)
        setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    errno = saved;
}

void handler_on_small_alternate_stack__bound(void)
{
    /* For the registers of this CPU; before Linux 5.14 x86 does not tell, and AVX-512 fits in. */
    const unsigned long told = getauxval(AT_MINSIGSTKSZ), needed = told == 0 ? 4096 : told;
    const size_t size = (needed > 2048 ? needed : 2048) + 2048;
    const struct sigaction action = {.sa_handler = bind_in_handler, .sa_flags = SA_ONSTACK};
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page * page;
    char *low = mmap(NULL, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* The pages around it are forbidden: an overrun is a crash. */
    mprotect(low + page, pages, PROT_READ | PROT_WRITE);
    const stack_t stack = {.ss_sp = low + page + pages - size, .ss_size = size};
    if (sigaltstack(&stack, NULL) != 0)
        err(EXIT_FAILURE, "sigaltstack");
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    show_number("bind", handler_result);
}

/* A handler that strikes while malloc holds its lock must not wait for that lock. */
void handler_during_malloc__bound(void)
{
    const struct sigaction action = {.sa_handler = bind_in_handler};
    const struct itimerval period = {{0, 3000}, {0, 3000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &period, NULL);
    for (int i = 0; i < 300000; i++) {
        void *volatile memory = malloc((size_t)(i % 5000));
        free(memory);
    }
    while (handler_runs < 20)
        usleep(1000);
    show_number("bind", handler_result);
}

static void show_child(const char *what, pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    show_number(what, status);
}

void forked_child__bound(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(quiet_bind(80));
    show_child("child", pid);
}

void forked_grandchild_daemon__bound(void)
{
    int result[2], answer = -1;
    if (pipe(result) != 0)
        err(EXIT_FAILURE, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        answer = quiet_bind(80);
        _exit(write(result[1], &answer, sizeof answer) != sizeof answer);
    }
    show_child("child", pid);
    close(result[1]);
    show_number("read", read(result[0], &answer, sizeof answer));
    show_number("daemon", answer);
}

void vforked_child__bound(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    pid_t pid = vfork();
    if (pid == 0)
        _exit(bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno);
    show_child("child", pid);
}

static atomic_bool finished;

static void *bind_until_finished(void *unused)
{
    (void)unused;
    intptr_t failures = 0;
    while (!finished) {
        struct sockaddr_in name = ipv4("0.0.0.0", 80);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        failures += bind(fd, (struct sockaddr *)&name, sizeof name) != 0 && errno != EADDRINUSE;
        close(fd); /* a forked child may hold it a little longer */
    }
    return (void *)failures;
}

/* Each child looks for a socketpair that slipped in. */
void fork_during_binds__no_descriptor_leaks(void)
{
    pthread_t thread;
    long leaks = 0;
    start(&thread, 0, bind_until_finished, NULL);
    for (int i = 0; i < 200; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            int found = 0, domain;
            for (int fd = 3; fd < 64; fd++) {
                socklen_t length = sizeof domain;
                found += getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
                         domain == AF_UNIX;
            }
            _exit(found);
        }
        int status;
        waitpid(pid, &status, 0);
        leaks += status != 0;
    }
    finished = true;
    show_thread("failures", thread);
    show_number("leaks", leaks);
}

static void *bind_then_test_cancel(void *started)
{
    *(atomic_bool *)started = true;
    while (!finished)
        continue;
    /* Canceled by now; bind(2) is no cancellation point. */
    int result = quiet_bind(80);
    show_number("bind", result);
    pthread_testcancel();
    return NULL;
}

void pending_cancellation__not_acted_upon(void)
{
    pthread_t thread;
    atomic_bool started = false;
    start(&thread, 0, bind_then_test_cancel, &started);
    while (!started)
        continue;
    pthread_cancel(thread);
    finished = true;
    show_thread("thread", thread);
}

static atomic_int binds_done;

static void *bind_with_asynchronous_cancel(void *unused)
{
    (void)unused;
    int fds[64];
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    for (int i = 0; i < 64; i++)
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (int i = 0;; i++) {
        name.sin_port = htons((uint16_t)(80 + i % 900));
        bind(fds[i % 64], (struct sockaddr *)&name, sizeof name);
        binds_done++;
    }
    return NULL;
}

void asynchronous_cancellation__thread_ends_after_bind(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        binds_done = 0;
        start(&thread, 0, bind_with_asynchronous_cancel, NULL);
        while (binds_done < 3)
            usleep(100);
        pthread_cancel(thread);
        show_thread("thread", thread);
        for (int fd = 3; fd < 100; fd++)
            close(fd);
    }
    show("children", waitpid(-1, NULL, WNOHANG | all_children()));
}

/* libc stops every thread for a moment when one calls setuid. */
void setuid_broadcast_during_binds__no_deadlock(void)
{
    pthread_t thread;
    start(&thread, 0, bind_until_finished, NULL);
    for (int i = 0; i < 300; i++) {
        if (setuid(getuid()) != 0)
            err(EXIT_FAILURE, "setuid");
    }
    finished = true;
    show_thread("failures", thread);
}
