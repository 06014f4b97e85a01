/* SPDX-License-Identifier: MIT */
/* What only a supervisor has to cope with: the host makes its system calls itself, and cheats. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define FORBIDDEN 81

static struct sockaddr_in shared_address;
static volatile bool done;

static void *rewrite(void *unused)
{
    volatile in_port_t *port = &shared_address.sin_port;
    (void)unused;
    /* Each value as long as the other: an emulator lets others run at jumps only. */
    for (unsigned i = 0; !done; i++)
        *port = htons(i % 2 == 0 ? FORBIDDEN : 80);
    return NULL;
}

/* One in a hundred thousand would do for an attacker. PRIVBIND_RACES: a slow machine has fewer. */
void address_rewritten_by_a_thread(void)
{
    const char *chosen = getenv("PRIVBIND_RACES");
    const int races = chosen == NULL ? 100000 : atoi(chosen);
    pthread_t thread;
    int bound = 0, forbidden = 0;
    shared_address = ipv4("0.0.0.0", 80);
    pthread_create(&thread, NULL, rewrite, NULL);
    for (int i = 0; i < races; i++) {
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        bound += bind(fd, (struct sockaddr *)&shared_address, sizeof shared_address) == 0;
        forbidden += bound_port(fd) == FORBIDDEN;
        close(fd);
    }
    done = true;
    pthread_join(thread, NULL);
    /* Or the two have not raced. */
    puts(bound > races / 1000 && bound < races - races / 1000 ? "some bound, some not" : "no race");
    show_number("forbidden", forbidden);
}

static int shared_socket;

static void *replace_socket(void *unused)
{
    (void)unused;
    while (!done) {
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        dup2(fd, shared_socket);
        close(fd);
    }
    return NULL;
}

/* Each call either binds the socket that it fetched, or says why not: none waits for ever. */
void descriptor_replaced_by_a_thread(void)
{
    pthread_t thread;
    struct sockaddr_in address = ipv4("0.0.0.0", 80);
    int other = 0;
    shared_socket = new_socket(AF_INET, SOCK_STREAM, 0);
    pthread_create(&thread, NULL, replace_socket, NULL);
    for (int i = 0; i < 2000; i++) {
        if (bind(shared_socket, (struct sockaddr *)&address, sizeof address) != 0)
            other += errno != EINVAL && errno != EADDRINUSE && errno != EBADF;
    }
    done = true;
    pthread_join(thread, NULL);
    show_number("other errors", other);
}

static void count_signal(int number)
{
    (void)number;
}

/* As Go's preemption, ten times as often. */
void two_thousand_binds_in_a_signal_storm(void)
{
    const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    const struct itimerspec often = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    int bound = 0;
    sigaction(SIGALRM, &action, NULL);
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &often, NULL);
    for (int i = 0; i < 2000; i++) {
        struct sockaddr_in address = ipv4("0.0.0.0", (uint16_t)(80 + i % 10));
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        const int result = bind(fd, (struct sockaddr *)&address, sizeof address);
        if (result != 0)
            show("bind", result);
        bound += result == 0;
        close(fd);
    }
    show_number("bound", bound);
}

static void bind_in_child(const char *what)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        show_number("number", getpid());
        bind_tcp(what, 80);
        exit(EXIT_SUCCESS);
    }
    waitpid(pid, NULL, 0);
}

/* The test sees to it that the second child gets the number of the first. */
void number_comes_again(void)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    bind_in_child("first");
    sigwait(&set, &number);
    bind_in_child("second");
}

/* The parent ends at once; the supervisor must not. */
void daemon_binds_after_its_parent(void)
{
    const pid_t parent = getpid();
    fflush(stdout);
    if (fork() != 0)
        _exit(5);
    setsid();
    if (fork() != 0)
        _exit(0);
    while (kill(parent, 0) == 0)
        usleep(1000);
    usleep(100000);
    bind_tcp("daemon", 80);
}

/* Prints the signals that it gets, until SIGTERM. */
void signals_received(void)
{
    static const int expected[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGINT, SIGCONT, SIGTERM};
    sigset_t set;
    int number = 0;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        sigaddset(&set, expected[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    puts("ready");
    fflush(stdout);
    while (number != SIGTERM && sigwait(&set, &number) == 0) {
        show_number("signal", number);
        fflush(stdout);
    }
}

/* The system calls that a 64-bit kernel has besides its own. */
void other_numbers_of_bind(void)
{
    struct sockaddr_in address = ipv4("0.0.0.0", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
#ifdef __x86_64__
    show("x32", (int)syscall(0x40000000 | SYS_bind, fd, &address, sizeof address));
#else
    show("own", (int)syscall(SYS_bind, fd, &address, sizeof address));
#endif
#ifdef __i386__
    fd = new_socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons(82);
    const unsigned long arguments[] = {(unsigned long)fd, (unsigned long)&address, sizeof address};
    show("socketcall", (int)syscall(SYS_socketcall, 2, arguments));
#endif
}
