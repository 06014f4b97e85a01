/* SPDX-License-Identifier: MIT */
/* Others on the machine against the resident helper of privbind -u: they can reach its name. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "lingering.h"
#include "older.h"

static struct command command;

static void send_lingering_sockets(void)
{
    for (int i = 0; i < 5; i++) {
        int fd = connect_to_name(command.name), lingering = lingering_socket();
        for (int message = 0; fd >= 0 && message < 5 * i; message++)
            send_descriptors(fd, "", 0, -1, 0);
        if (fd < 0 || !send_descriptors(fd, &asks_for_80, sizeof asks_for_80, lingering, 1))
            err(EXIT_FAILURE, "attack");
        close(lingering);
    }
}

/* The second limit of descriptors leaves room for one of them. */
static void sockets_that_linger__hold_up_nobody(void **state)
{
    static const rlim_t limits[] = {0, 18};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        command.limit = limits[i];
        command_start(&command, NULL);
        command.limit = 0;
        /* Sent before they are accepted: that is how the descriptors get in at all. */
        kill(command.resident, SIGSTOP);
        pid_t attack = start_attack(send_lingering_sockets);
        kill(command.resident, SIGCONT);
        for (int second = 0; second < 3; second++) {
            assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
            sleep(1);
        }
        stop_attack(attack);
        command_end(&command);
    }
}

static void connect_without_descriptors(void)
{
    for (int i = 0; i < 300; i++) {
        const int fd = connect_to_name(command.name);
        for (int message = 0; fd >= 0 && message < i % 4; message++)
            send_descriptors(fd, &asks_for_80, message == 1 ? 0 : sizeof asks_for_80, -1, 0);
        close(fd);
    }
}

static void foreign_connections_without_descriptors__closed(void **state)
{
    command_start(&command, NULL);
    pid_t attack = start_attack(connect_without_descriptors);
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    stop_attack(attack);
    assert_descriptors(command.resident);
    command_end(&command);
}

/* Each connection has a message queued, with as many descriptors as may be in flight. */
static void flood(void)
{
    const int socket_in_flight = socket(AF_INET, SOCK_STREAM, 0);
    for (int i = 0; i < 800; i++) {
        const int fd = connect_to_name(command.name);
        if (fd < 0)
            return; /* the queue is full: net.core.somaxconn */
        try_to_send_descriptors(fd, &asks_for_80, sizeof asks_for_80, socket_in_flight, 253);
    }
}

static void flood_of_connections__own_binds_go_on(void **state)
{
    pid_t attacks[3];
    command_start(&command, NULL);
    command_run(&command, "hundred_allowed");
    const long memory = private_memory(command.resident);
    kill(command.resident, SIGSTOP); /* to have all of it at once, before the first is let in */
    for (size_t i = 0; i < 3; i++)
        attacks[i] = start_attack(flood);
    kill(command.resident, SIGCONT);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    for (size_t i = 0; i < 3; i++)
        stop_attack(attacks[i]);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    assert_true(private_memory(command.resident) <= memory + 64);
    command_end(&command);
}

/* Does not wait in connect(2): it takes each place in the queue as soon as that is free. */
static void crowd(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(command.name);
    memcpy(address.sun_path + 1, command.name + 1, length - 1);
    closefrom(STDERR_FILENO + 1); /* this attack is under way */
    for (;;) {
        const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        connect(fd, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
        close(fd);
    }
}

static void crowd_that_fills_the_queue__own_bind_comes_in_time(void **state)
{
    command_start(&command, NULL);
    pid_t attack = start_attack(crowd);
    usleep(300000); /* for the queue to fill */
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    stop_attack(attack);
    command_end(&command);
}

static int has_time(void)
{
    struct rlimit limit = {0, 0};
    prlimit(command.resident, RLIMIT_CPU, NULL, &limit);
    return limit.rlim_cur == RLIM_INFINITY;
}

/* A crowd would use it up. */
static void limit_of_processor_time__not_for_the_helper(void **state)
{
    struct rlimit before, limit;
    getrlimit(RLIMIT_CPU, &before);
    limit = before;
    limit.rlim_cur = 3600;
    setrlimit(RLIMIT_CPU, &limit);
    command_start(&command, NULL);
    setrlimit(RLIMIT_CPU, &before);
    const int unlimited = as_uid(sandbox_uid(), has_time);
    command_end(&command);
    if (before.rlim_max != RLIM_INFINITY)
        cannot_run("this suite has such a limit itself");
    assert_int_equal(unlimited, 1);
}

enum { UNANSWERED = 1, BOUND = 2 };

static int ask_in_order(void)
{
    struct sockaddr_in name = {.sin_port = 0};
    socklen_t length = sizeof name;
    int fd = connect_to_name(command.name), socket_to_bind = socket(AF_INET, SOCK_STREAM, 0);
    send_descriptors(fd, &asks_for_80, sizeof asks_for_80, socket_to_bind, 1);
    const int answer = answer_of(fd);
    getsockname(socket_to_bind, (struct sockaddr *)&name, &length);
    return (answer == -1 ? UNANSWERED : 0) | (name.sin_port != 0 ? BOUND : 0);
}

static void request_in_order__only_the_user_is_served(void **state)
{
    command_start(&command, NULL);
    assert_int_equal(as_uid(FOREIGN_UID, ask_in_order), UNANSWERED);
    assert_int_equal(as_uid(0, ask_in_order), UNANSWERED);
    assert_int_equal(as_uid(sandbox_uid(), ask_in_order), BOUND);
    command_end(&command);
}

/* How much of it is possible. */
static int disturb(void)
{
    const struct rlimit none = {0, 0};
    int count = 0;
    for (int number = 0; number < 32; number++)
        count += kill(command.resident, number) == 0;
    for (int limit = 0; limit < RLIM_NLIMITS; limit++)
        count += prlimit(command.resident, (enum __rlimit_resource)limit, &none, NULL) == 0;
    const int pidfd = (int)syscall(SYS_pidfd_open, command.resident, 0);
    for (int fd = 0; fd < 8; fd++)
        count += syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0;
    count += ptrace(PTRACE_SEIZE, command.resident, 0, 0) == 0;
    count += setpriority(PRIO_PROCESS, (id_t)command.resident, 19) == 0;
    close(pidfd);
    return count;
}

static void signals_limits_and_tracing__not_for_others(void **state)
{
    command_start(&command, NULL);
    assert_int_equal(as_uid(FOREIGN_UID, disturb), 0);
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    assert_true(as_uid(sandbox_uid(), disturb) > 40); /* the control */
    command_end(&command);
}

static void become_foreign(void)
{
    if (setresgid(FOREIGN_UID, FOREIGN_UID, FOREIGN_UID) != 0 ||
        setresuid(FOREIGN_UID, FOREIGN_UID, FOREIGN_UID) != 0)
        err(EXIT_FAILURE, "ids");
}

/* As su(1) within the command: the library asks, and is not answered. */
static void other_uid_with_the_library__not_served(void **state)
{
    char variable[160];
    command_start(&command, NULL);
    snprintf(variable, sizeof variable, "PRIVBIND_SOCKET=%s", command.name);
    const char *const variables[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                     "PRIVBIND_HELPER=" SANDBOX_HELPER, variable, NULL};
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    sandbox_policy("allow user " TARGET_ID " tcp 80\n");
    const struct run_result *result = run(&(struct run){.argv = argv,
                                                        .environment = variables,
                                                        .stays_root = true,
                                                        .as_root = become_foreign,
                                                        .shares_network = true});
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_contains(result->standard_error,
                    "(cannot reach the helper of privbind -u) no rule allows uid " FOREIGN_ID);
    command_end(&command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_foreign_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sockets_that_linger__hold_up_nobody),
        TEST(foreign_connections_without_descriptors__closed),
        TEST(flood_of_connections__own_binds_go_on),
        TEST(crowd_that_fills_the_queue__own_bind_comes_in_time),
        TEST(limit_of_processor_time__not_for_the_helper),
        TEST(request_in_order__only_the_user_is_served),
        TEST(signals_limits_and_tracing__not_for_others),
        TEST(other_uid_with_the_library__not_served),
    };
    if (sandbox_is_user_namespace())
        return 0; /* system_attack.c says why */
    return cmocka_run_group_tests_name("others against the resident helper", tests, NULL, NULL);
}
