/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that others queue at the resident helper of privbind -u. Each could be a file of
 * their own FUSE file system, whose last close may hang; not even SIGKILL would end that. A pipe
 * stands for it here: its reader sees that close.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"

#define ROOM 300 /* as limit of descriptors: for some 140 connections that stay open */
#define CONNECTIONS 400

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

/* The attacker is gone, the helper is not. */
static void assert_kept_until_the_end(pid_t attack)
{
    stop_attack(attack);
    const bool was_closed = is_closed_within(300);
    command_end(&command);
    assert_false(was_closed);
    assert_true(is_closed_within(5000)); /* the control; and nobody is left who holds it */
    close(queued_pipe[0]);
}

static void queued_descriptor__not_closed(void **state)
{
    start_command(0);
    pid_t attack = attack_at_once(queue_a_pipe);
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    assert_kept_until_the_end(attack);
}

static void no_room_for_what_others_queue__not_closed_and_own_binds_go_on(void **state)
{
    static const rlim_t limits[] = {ROOM, 40};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        start_command(limits[i]);
        pid_t attack = attack_at_once(queue_more_than_there_is_room_for);
        assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
        assert_kept_until_the_end(attack);
    }
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

static void no_room_and_no_process__own_binds_go_on_when_there_is_one(void **state)
{
    start_command(ROOM);
    let_fork(false);
    pid_t attack = attack_at_once(queue_more_than_there_is_room_for);
    const bool was_closed = is_closed_within(1000);
    let_fork(true);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    assert_kept_until_the_end(attack);
    assert_false(was_closed);
}

/* The children of the resident helper; or those of them that have a capability. */
static int count_keepers(bool with_capability)
{
    char path[300], text[4096], parent[32];
    const struct dirent *entry;
    int count = 0;
    snprintf(parent, sizeof parent, "\nPPid:\t%d\n", command.resident);
    DIR *processes = opendir("/proc");
    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        count += strstr(text, parent) != NULL &&
                 (!with_capability || strstr(text, "\nCapPrm:\t0000000000000000\n") == NULL);
    }
    closedir(processes);
    return count;
}

static void keeper_of_what_others_queue__holds_nothing_else(void **state)
{
    char byte;
    start_command(ROOM);
    if (seteuid(sandbox_uid()) != 0)
        err(EXIT_FAILURE, "seteuid");
    const int client = connect_to_name(command.name);
    if (seteuid(0) != 0)
        err(EXIT_FAILURE, "seteuid");
    pid_t attack = attack_at_once(queue_more_than_there_is_room_for);
    command_run(&command, "hundred_allowed");
    const int keepers = count_keepers(false), capable = count_keepers(true);
    const int unbound = socket(AF_INET, SOCK_STREAM, 0);
    send_descriptors(client, &asks_for_80, sizeof asks_for_80, unbound, 1);
    const int answer = answer_of(client);
    struct pollfd end = {.fd = client, .events = POLLIN};
    const bool has_ended = poll(&end, 1, 1000) == 1 && recv(client, &byte, 1, 0) == 0;
    close(client);
    close(unbound);
    assert_kept_until_the_end(attack);
    assert_in_range(keepers, 1, 2 * CONNECTIONS / ROOM);
    assert_int_equal(capable, 0);
    assert_int_equal(answer, 0);
    assert_true(has_ended);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_queued_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(queued_descriptor__not_closed),
        TEST(no_room_for_what_others_queue__not_closed_and_own_binds_go_on),
        TEST(no_room_and_no_process__own_binds_go_on_when_there_is_one),
        TEST(keeper_of_what_others_queue__holds_nothing_else),
    };
    if (sandbox_is_user_namespace())
        return 0; /* system_attack.c says why */
    return cmocka_run_group_tests_name("what others queue at the resident helper", tests, NULL,
                                       NULL);
}
