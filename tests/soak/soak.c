/* SPDX-License-Identifier: MIT */
/*
 * A program that binds very often, from threads, forked children and signal handlers at once, with
 * a timer that fires a thousand times a second; and that looks at itself before and after.
 *
 *     soak BINDS
 *
 * It prints "ready", waits for a line, binds, prints what came of it, and waits for another line,
 * so that others can look at it too. The policy has to allow tcp 100-999 and nothing else.
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak.h"

#define THREADS 2
#define FORKERS 2
#define BATCH 25        /* binds of a forked child */
#define HANDLER_TAKES 4 /* every so many ticks the handler binds */
#define DENIED_PORT 50  /* the policy */
#define TAKEN_PORT 999  /* by a socket of this process */
#define FIRST_PORT 100u
#define PORTS 800u

enum outcome { BOUND, DENIED, TAKEN, WRONG, OUTCOMES };

static atomic_long next_ticket, limit, outcomes[OUTCOMES], of_handlers, of_children, ticks;

/* Which result a ticket must have: in each twenty there is one denied and one taken. */
static enum outcome expected(long ticket)
{
    return ticket % 20 == 7 ? DENIED : ticket % 20 == 13 ? TAKEN : BOUND;
}

static uint64_t mask_at_start;

/* The kernel's own, in which libc has none of its signals hidden. */
static uint64_t signal_mask(void)
{
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static atomic_int last_wrong; /* its errno, or what it returned */

/* One bind. Async-signal-safe. */
static enum outcome bind_once(long ticket)
{
    static const int errors[] = {[DENIED] = EACCES, [TAKEN] = EADDRINUSE};
    const enum outcome wanted = expected(ticket);
    const unsigned port = wanted == DENIED  ? DENIED_PORT
                          : wanted == TAKEN ? TAKEN_PORT
                                            : FIRST_PORT + (unsigned)(ticket % (long)PORTS);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)}, seen;
    socklen_t length = sizeof seen;
    memset(&seen, 0, sizeof seen);
    const int marker = 4711, yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    /* A slow child may still have the port that a ticket much later comes round to. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const uint64_t mask = signal_mask();
    errno = marker;
    const int result = bind(fd, (struct sockaddr *)&name, sizeof name), error = errno;
    getsockname(fd, (struct sockaddr *)&seen, &length);
    close(fd);
    const bool is_right =
        wanted == BOUND ? result == 0 && error == marker && memcmp(&seen, &name, sizeof seen) == 0
                        : result == -1 && error == errors[wanted] && seen.sin_port == 0;
    const uint64_t alarm = UINT64_C(1) << (SIGALRM - 1); /* blocked in its handler */
    if (is_right && signal_mask() == mask && (mask | alarm) == (mask_at_start | alarm))
        return wanted;
    last_wrong = result == -1 ? error : result; /* not of a child */
    return WRONG;
}

/* The next one of all; -1 when all are given out. */
static long take_tickets(long count)
{
    long ticket = atomic_load(&next_ticket);
    while (ticket < limit &&
           !atomic_compare_exchange_weak(&next_ticket, &ticket,
                                         ticket + count < limit ? ticket + count : (long)limit))
        continue;
    return ticket < limit ? ticket : -1;
}

static void on_tick(int signal)
{
    const int saved = errno;
    (void)signal;
    if (atomic_fetch_add(&ticks, 1) % HANDLER_TAKES == 0) {
        const long ticket = take_tickets(1);
        if (ticket >= 0) {
            atomic_fetch_add(&outcomes[bind_once(ticket)], 1);
            atomic_fetch_add(&of_handlers, 1);
        }
    }
    errno = saved;
}

/* Threads leave the last tickets to handlers, and all do to children, until each kind has had one:
   where the machine is busy all may be gone before the first tick, or the first fork. */
static void leave_some(const atomic_long *kind)
{
    while (atomic_load(&next_ticket) >= limit - 2 * BATCH && atomic_load(kind) == 0)
        usleep(500);
}

static void *bind_in_thread(void *unused)
{
    (void)unused;
    for (long ticket;
         leave_some(&of_handlers), leave_some(&of_children), (ticket = take_tickets(1)) >= 0;)
        atomic_fetch_add(&outcomes[bind_once(ticket)], 1);
    return NULL;
}

/* A child tells by its status how many were wrong. */
static void *bind_in_children(void *unused)
{
    (void)unused;
    for (long first; leave_some(&of_handlers), (first = take_tickets(BATCH)) >= 0;) {
        const long end = first + BATCH < limit ? first + BATCH : (long)limit;
        const pid_t child = fork();
        if (child == 0) {
            int wrong = 0;
            for (long ticket = first; ticket < end; ticket++)
                wrong += bind_once(ticket) == WRONG;
            _exit(wrong);
        }
        int status = -1;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        long wrong = WIFEXITED(status) ? WEXITSTATUS(status) : end - first;
        for (long ticket = first; ticket < end; ticket++, wrong--)
            atomic_fetch_add(&outcomes[wrong > 0 ? WRONG : expected(ticket)], 1);
        atomic_fetch_add(&of_children, end - first);
    }
    return NULL;
}

static void set_timer(long microseconds)
{
    const struct itimerval often = {{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &often, NULL);
}

static void bind_many(long count)
{
    pthread_t threads[THREADS + FORKERS];
    sigset_t ticking;
    for (int i = 0; i < OUTCOMES; i++)
        outcomes[i] = 0;
    next_ticket = of_handlers = of_children = ticks = 0;
    limit = count;
    set_timer(1000);
    for (int i = 0; i < THREADS + FORKERS; i++) {
        if (pthread_create(&threads[i], NULL, i < THREADS ? bind_in_thread : bind_in_children,
                           NULL) != 0)
            errx(EXIT_FAILURE, "pthread_create");
    }
    /* Or they would all come to this thread, which interrupts nothing. */
    sigemptyset(&ticking);
    sigaddset(&ticking, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &ticking, NULL);
    for (int i = 0; i < THREADS + FORKERS; i++)
        pthread_join(threads[i], NULL);
    set_timer(0);
    pthread_sigmask(SIG_UNBLOCK, &ticking, NULL);
}

/* A thread that has been joined may be the kernel's for a moment more. As a directory has a link
   from each directory within it, this one has three when one thread is left. */
static void wait_until_alone(void)
{
    struct stat tasks;
    for (int i = 0; i < 5000 && stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3; i++)
        usleep(1000);
}

static void wait_for_line(void)
{
    char byte = 0;
    while (byte != '\n' && read(STDIN_FILENO, &byte, 1) == 1)
        continue;
}

int main(int argc, char *argv[])
{
    const struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct sockaddr_in taken = {.sin_family = AF_INET, .sin_port = htons(TAKEN_PORT)};
    const long count = argc == 2 ? atol(argv[1]) : 0;
    const int holder = socket(AF_INET, SOCK_STREAM, 0);
    setvbuf(stdout, NULL, _IONBF, 0);
    mask_at_start = signal_mask();
    if (count <= 0 || sigaction(SIGALRM, &action, NULL) != 0 ||
        bind(holder, (struct sockaddr *)&taken, sizeof taken) != 0)
        err(2, "soak");
    bind_many(200); /* libc keeps the stacks of threads, and the library its memory */
    wait_until_alone();
    soak_look(SOAK_BEFORE);
    puts("ready");
    wait_for_line();
    bind_many(count);
    wait_until_alone();
    soak_look(SOAK_AFTER);
    long wanted[OUTCOMES] = {0};
    for (long ticket = 0; ticket < count; ticket++)
        wanted[expected(ticket)]++;
    printf("binds %ld bound %ld denied %ld taken %ld wrong %ld missing %ld handlers %ld "
           "children %ld ticks %ld growth %ld errno %d\n",
           count, (long)outcomes[BOUND], (long)outcomes[DENIED], (long)outcomes[TAKEN],
           (long)outcomes[WRONG],
           labs(wanted[BOUND] - outcomes[BOUND]) + labs(wanted[DENIED] - outcomes[DENIED]) +
               labs(wanted[TAKEN] - outcomes[TAKEN]),
           (long)of_handlers, (long)of_children, (long)ticks, soak_growth(), last_wrong);
    soak_differences();
    puts("done");
    wait_for_line();
    return EXIT_SUCCESS;
}
