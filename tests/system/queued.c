/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that others queue at the resident helper of privbind -u. Each could be a file of
 * their own FUSE file system, whose last close may hang; not even SIGKILL would end that. A tracer
 * that holds a process in its exit stands for it here.
 */
#include "system.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define ROOM 300 /* as limit of descriptors: for some 140 connections that wait for their close */
#define CONNECTIONS 400
#define NO_ROOM 18   /* for one */
#define WATCHERS 400 /* half of their square, for each thing that happens */
#define CLOSERS 2    /* as CLOSERS_MAX in helper/resident/foreign.c */

static struct command command;
static int queued_pipe[2];

static void queue(int descriptor)
{
    const int fd = connect_to_name(command.name);
    if (fd < 0 || !send_descriptors(fd, "", 0, -1, 0) ||
        !send_descriptors(fd, &asks_for_80, sizeof asks_for_80, descriptor, 1))
        err(EXIT_FAILURE, "attack");
}

static void queue_a_pipe(void)
{
    queue(queued_pipe[1]);
    close(queued_pipe[1]);
}

static void queue_more_than_there_is_room_for(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
        queue(STDIN_FILENO);
    queue_a_pipe();
}

static void queue_many_messages(void)
{
    const int fd = connect_to_name(command.name);
    for (int i = 0; i < 100; i++)
        send_descriptors(fd, "", 0, -1, 0);
    queue_a_pipe();
}

/* Where there is no room, each gets a process. */
static void queue_a_few(void)
{
    for (int i = 0; i < 6 * CLOSERS; i++)
        queue(STDIN_FILENO);
    queue_a_pipe();
}

/* The kernel wakes all of these for each thing that the other side does (epoll(7)). */
static void queue_what_is_watched(void)
{
    const int fd = connect_to_name(command.name);
    int copies[WATCHERS];
    for (int i = 0; i < WATCHERS; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};
        const int epoll = epoll_create1(0);
        copies[i] = dup(fd);
        for (int j = 0; j <= i; j++)
            if (epoll_ctl(epoll, EPOLL_CTL_ADD, copies[j], &event) != 0)
                err(EXIT_FAILURE, "epoll_ctl");
    }
    for (int i = 0; i < 16; i++)
        send_descriptors(fd, "", 0, -1, 0);
    queue_a_pipe();
}

static void start_command(rlim_t limit)
{
    command.limit = limit;
    command_start(&command, NULL);
    command.limit = 0;
    if (pipe2(queued_pipe, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
}

/* What is queued before it is accepted is there when the helper sees who has connected. */
static pid_t attack_at_once(void (*attack)(void))
{
    kill(command.resident, SIGSTOP);
    pid_t pid = start_attack(attack);
    close(queued_pipe[1]);
    kill(command.resident, SIGCONT);
    return pid;
}

static bool is_closed_within(int milliseconds)
{
    struct pollfd reader = {.fd = queued_pipe[0], .events = POLLIN};
    return poll(&reader, 1, milliseconds) == 1;
}

static void hold_in_exit(pid_t pid, int status)
{
    const int event = status >> 16, number = WSTOPSIG(status);
    if (event == PTRACE_EVENT_EXIT && pid != command.resident)
        return;
    if (event == PTRACE_EVENT_STOP && number != SIGTRAP)
        ptrace(PTRACE_LISTEN, pid, 0, 0);
    else
        ptrace(PTRACE_CONT, pid, 0, event != 0 ? 0 : number);
}

/* From now on every process that the resident helper starts hangs in its exit, until this one has
   been killed. Returns -1 where root may not trace. */
static pid_t start_to_hang(void)
{
    int ready[2], status;
    char byte;
    if (pipe2(ready, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(queued_pipe[1]); /* or its reader would see no close while this one lives */
        if (ptrace(PTRACE_SEIZE, command.resident, 0,
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT) != 0)
            _exit(EXIT_FAILURE);
        if (write(ready[1], "", 1) != 1)
            err(EXIT_FAILURE, "pipe");
        while ((pid = waitpid(-1, &status, __WALL)) > 0)
            if (WIFSTOPPED(status))
                hold_in_exit(pid, status);
        _exit(EXIT_SUCCESS);
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(ready[0]);
    return pid;
}

#define cannot_trace() cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)")

/* Those that still have a capability count a hundred times. */
static int count_children(void)
{
    char path[300], text[4096], parent[32];
    const struct dirent *entry;
    int count = 0;
    snprintf(parent, sizeof parent, "\nPPid:\t%d\n", command.resident);
    DIR *directory = opendir("/proc");
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
        system_read_file(path, text, sizeof text);
        if (strstr(text, parent) != NULL)
            count += strstr(text, "\nCapPrm:\t0000000000000000\n") != NULL ? 1 : 100;
    }
    closedir(directory);
    return count;
}

static void assert_nothing_left(void)
{
    for (int i = 0; count_children() != 0 && i < 5000; i++)
        usleep(1000);
    assert_int_equal(count_children(), 0);
    assert_descriptors(command.resident);
}

static void finish(pid_t attack)
{
    stop_attack(attack);
    close(queued_pipe[0]);
    command_end(&command);
}

/* A file in /proc about the resident helper. Static. */
static const char *read_about(const char *name)
{
    static char text[4096];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", command.resident, name);
    system_read_file(path, text, sizeof text);
    return text;
}

static unsigned long count_sleeps(void)
{
    static const char label[] = "\nvoluntary_ctxt_switches:";
    const char *found = strstr(read_about("status"), label);
    assert_non_null(found);
    return strtoul(found + strlen(label), NULL, 10);
}

static void all_closed__helper_sleeps(void **state)
{
    start_command(0);
    pid_t attack = attack_at_once(queue_a_pipe);
    assert_true(is_closed_within(10000));
    usleep(500000);
    const unsigned long before = count_sleeps();
    usleep(1500000); /* longer than connections are collected */
    assert_int_equal(count_sleeps(), before);
    finish(attack);
}

static void what_others_queue__closed_soon_and_own_binds_go_on(void **state)
{
    static const struct {
        rlim_t limit;
        void (*attack)(void);
    } cases[] = {{0, queue_a_pipe},
                 {0, queue_many_messages},
                 {ROOM, queue_more_than_there_is_room_for},
                 {NO_ROOM, queue_more_than_there_is_room_for},
                 {NO_ROOM - 1, queue_a_few}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_command(cases[i].limit);
        pid_t attack = attack_at_once(cases[i].attack);
        assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
        assert_true(is_closed_within(10000));
        usleep(500000);
        assert_int_equal(count_children(), 0); /* a zombie takes a process from the user, too */
        assert_nothing_left();
        finish(attack);
    }
}

/* More would be missing to the user. */
static void what_hangs_when_closed__few_processes_and_own_binds_go_on_afterwards(void **state)
{
    start_command(NO_ROOM);
    const pid_t tracer = start_to_hang();
    pid_t attack = attack_at_once(queue_a_few);
    const bool was_closed = is_closed_within(1000);
    const int hanging = count_children();
    stop_attack(tracer);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    assert_true(is_closed_within(10000));
    assert_nothing_left();
    finish(attack);
    if (tracer < 0)
        cannot_trace();
    assert_false(was_closed);
    assert_int_equal(hanging, CLOSERS);
}

static void what_hangs_when_closed__own_binds_go_on(void **state)
{
    start_command(0);
    const pid_t tracer = start_to_hang();
    pid_t attack = attack_at_once(queue_a_few);
    for (int i = 0; i < 3; i++) { /* before that, meanwhile, and afterwards */
        assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
        usleep(700000);
    }
    const int hanging = count_children();
    stop_attack(tracer);
    assert_nothing_left(); /* though nothing else wakes the helper */
    finish(attack);
    if (tracer < 0)
        cannot_trace();
    assert_int_equal(hanging, 1);
}

static bool may_fork;

static int limit_processes(void)
{
    struct rlimit limit;
    prlimit(command.resident, RLIMIT_NPROC, NULL, &limit);
    limit.rlim_cur = may_fork ? limit.rlim_max : 0;
    return prlimit(command.resident, RLIMIT_NPROC, &limit, NULL) == 0 ? 0 : 1;
}

static void let_fork(bool may)
{
    may_fork = may;
    if (as_uid(sandbox_uid(), limit_processes) != 0)
        errx(EXIT_FAILURE, "prlimit");
}

/* The resident helper's, in seconds. */
static double processor_time(void)
{
    unsigned long user = 0, system = 0;
    const char *after_name = strrchr(read_about("stat"), ')');
    assert_non_null(after_name);
    sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void watched_connection__costs_no_processor_time(void **state)
{
    unsigned long watches = 0;
    FILE *file = fopen("/proc/sys/fs/epoll/max_user_watches", "re");
    if (file == NULL || fscanf(file, "%lu", &watches) != 1 || watches < WATCHERS * WATCHERS)
        cannot_run("a user may have too few epoll entries here (fs.epoll.max_user_watches)");
    fclose(file);
    start_command(0);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    const double before = processor_time();
    pid_t attack = attack_at_once(queue_what_is_watched);
    const bool was_closed = is_closed_within(10000);
    const double used = processor_time() - before;
    assert_nothing_left();
    finish(attack);
    assert_true(was_closed);
    assert_true(used < 0.1);
}

static void assert_goes_on_with_a_process(rlim_t limit, void (*attack_by)(void))
{
    start_command(limit);
    let_fork(false);
    pid_t attack = attack_at_once(attack_by);
    const bool was_closed = is_closed_within(1000);
    const double before = processor_time();
    usleep(2000000);
    const double used = processor_time() - before;
    let_fork(true);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    assert_true(is_closed_within(10000));
    assert_nothing_left();
    finish(attack);
    assert_false(was_closed);
    assert_true(used < 0.5);
}

static void no_room_and_no_process__own_binds_go_on_when_there_is_one(void **state)
{
    assert_goes_on_with_a_process(ROOM, queue_more_than_there_is_room_for);
    assert_goes_on_with_a_process(NO_ROOM - 1, queue_a_few); /* no connection waits beside it */
}

/* The process that hangs has no copy of their connections. */
static void client_while_a_close_hangs__hears_the_end(void **state)
{
    char byte;
    start_command(NO_ROOM + 10);
    if (seteuid(sandbox_uid()) != 0)
        err(EXIT_FAILURE, "seteuid");
    const int client = connect_to_name(command.name);
    if (seteuid(0) != 0)
        err(EXIT_FAILURE, "seteuid");
    command_run(&command, "hundred_allowed"); /* it has been let in */
    const pid_t tracer = start_to_hang();
    pid_t attack = attack_at_once(queue_a_few);
    for (int i = 0; count_children() == 0 && i < 5000; i++)
        usleep(1000);
    const int unbound = socket(AF_INET, SOCK_STREAM, 0);
    send_descriptors(client, &asks_for_80, sizeof asks_for_80, unbound, 1);
    const int answer = answer_of(client);
    struct pollfd end = {.fd = client, .events = POLLIN};
    const bool has_ended = poll(&end, 1, 1000) == 1 && recv(client, &byte, 1, 0) == 0;
    const int hanging = count_children();
    close(client);
    close(unbound);
    stop_attack(tracer);
    finish(attack);
    if (tracer < 0)
        cannot_trace();
    assert_int_equal(answer, 0);
    assert_true(has_ended);
    assert_true(hanging >= 1 && hanging <= CLOSERS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_queued_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_closed__helper_sleeps),
        TEST(what_others_queue__closed_soon_and_own_binds_go_on),
        TEST(what_hangs_when_closed__few_processes_and_own_binds_go_on_afterwards),
        TEST(what_hangs_when_closed__own_binds_go_on),
        TEST(watched_connection__costs_no_processor_time),
        TEST(no_room_and_no_process__own_binds_go_on_when_there_is_one),
        TEST(client_while_a_close_hangs__hears_the_end),
    };
    if (sandbox_is_user_namespace())
        return 0; /* system_attack.c says why */
    return cmocka_run_group_tests_name("what others queue at the resident helper", tests, NULL,
                                       NULL);
}
