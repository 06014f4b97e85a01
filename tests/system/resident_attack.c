/* SPDX-License-Identifier: MIT */
/* The command of privbind -u, and its user, against the process that binds for it. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "proxy.h"

#define DENIED_81 "81: errno 13\n"

static const char *const no_options[] = {NULL};
static struct command command;

/* Runs one step, or for ever a storm, as the command's user; without waiting for it. */
static pid_t as_user(void (*step)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        sandbox_become_target(false);
        step();
        _exit(0);
    }
    return pid;
}

static void finish(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void resident__untouchable_in_every_way(void **state)
{
    command_start(&command, NULL);
    assert_string_equal(command_run(&command, "holder_attacked"),
                        "a child: possible\nit is there: 1\npossible in all: 0\n");
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    command_end(&command);
}

static void odd_requests__refused_and_nothing_kept(void **state)
{
    command_start(&command, NULL);
    command_run(&command, "ipv4_any__bound");
    const long memory = private_memory(command.resident);
    assert_string_equal(command_run(&command, "odd_requests"),
                        "in pieces: answer 13\nafter an empty one: answer 13\n"
                        "descriptor in a second one: answer 13\nthe connection itself: answer 13\n"
                        "a place: answer 13\na unix socket: answer 13\nflood: sent\n"
                        "name: 0.0.0.0 port 0 scope 0 flow 0 length 16\nin order: answer 0\n"
                        "name: 0.0.0.0 port 80 scope 0 flow 0 length 16\n");
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    assert_descriptors(command.resident);
    assert_true(private_memory(command.resident) <= memory + 64);
    command_end(&command);
}

static int resource;

static void lower_limit(void)
{
    const struct rlimit none = {0, 0};
    prlimit(command.resident, (enum __rlimit_resource)resource, &none, NULL);
}

/* The user may do that to any process of theirs; it may cost them their binds. */
static void limits_lowered__denied_port_never_bound(void **state)
{
    sandbox_policy("deny user target tcp 81\nallow anyone any\n");
    for (resource = 0; resource < RLIM_NLIMITS; resource++) {
        command_start(&command, no_options);
        waitpid(as_user(lower_limit), NULL, 0);
        const char *seen = command_run(&command, "denied_81_allowed_80");
        if (strcmp(seen, DENIED_81 "80: ok\n") != 0)
            assert_string_equal(seen, DENIED_81 "80: errno 13\n");
        command_end(&command);
    }
}

static void flip_limit(void)
{
    struct rlimit limit = {0, 0};
    prlimit(command.resident, RLIMIT_NOFILE, NULL, &limit);
    for (rlim_t count = 0;; count = (count + 1) % 12) {
        limit.rlim_cur = count < 6 ? count + 3 : limit.rlim_max;
        prlimit(command.resident, RLIMIT_NOFILE, &limit, NULL);
    }
}

/* So that passwd, group or the policy cannot be opened at some moment, or an error is one of those
 * that mean that there is no system log. */
static void limit_flips__denied_port_never_bound(void **state)
{
    sandbox_policy("deny group servers tcp 81\ndeny user target tcp 81\nallow anyone any\n");
    command_start(&command, no_options);
    pid_t storm = as_user(flip_limit);
    assert_string_equal(command_run(&command, "hundred_denied"), "bound: 0\n");
    finish(storm);
    command_end(&command);
}

static void send_every_signal(void)
{
    for (int number = 1;; number = number % 64 + 1) {
        if (number != SIGKILL && number != SIGSTOP)
            kill(command.resident, number);
    }
}

static void signal_storm__all_bound(void **state)
{
    command_start(&command, NULL);
    pid_t storm = as_user(send_every_signal);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    finish(storm);
    command_end(&command);
}

static void stop_and_continue(void)
{
    for (;;) {
        kill(command.resident, SIGSTOP);
        usleep(200);
        kill(command.resident, SIGCONT);
        usleep(200);
    }
}

static void stopped_and_continued__all_bound(void **state)
{
    command_start(&command, NULL);
    pid_t storm = as_user(stop_and_continue);
    assert_string_equal(command_run(&command, "hundred_allowed"), "bound: 100\n");
    finish(storm);
    kill(command.resident, SIGCONT);
    command_end(&command);
}

/* A /dev of its own, with a system log that nobody reads, and which is full. */
static int full_log(void)
{
    const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
        filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") != 0 ||
        bind(log, (const struct sockaddr *)&name, sizeof name) != 0)
        err(EXIT_FAILURE, "/dev/log");
    chmod("/dev/log", 0666);
    while (sendto(filler, "x", 1, 0, (const struct sockaddr *)&name, sizeof name) == 1)
        continue;
    close(filler);
    return log;
}

/* A wait with a time limit ends when the process is stopped and continued: not a way past the log.
 */
static void stopped_and_continued_at_full_log__not_bound(void **state)
{
    int log = full_log();
    command_start(&command, NULL);
    pid_t storm = as_user(stop_and_continue);
    for (int i = 0; i < 2; i++)
        assert_string_equal(command_run(&command, "ipv4_any__bound"), "0.0.0.0: errno 13\n");
    finish(storm);
    kill(command.resident, SIGCONT);
    command_end(&command);
    close(log); /* it holds the mount */
    if (umount("/dev") != 0)
        err(EXIT_FAILURE, "/dev");
}

static int question[2];

/* It asks while the resident helper is stopped, and stays. */
static void ask_and_wait(void)
{
    struct sockaddr_in name = {.sin_port = 0};
    socklen_t length = sizeof name;
    int fd = connect_to_name(command.name), asked = socket(AF_INET, SOCK_STREAM, 0);
    send_descriptors(fd, &asks_for_80, sizeof asks_for_80, asked, 1);
    if (write(question[1], "", 1) != 1)
        _exit(2);
    const int answer = answer_of(fd);
    getsockname(asked, (struct sockaddr *)&name, &length);
    _exit(answer == -1 && name.sin_port == 0 ? 0 : 1);
}

/* To be stopped does not make it outlive the command: it is served nothing, and ends. */
static void stopped_when_the_command_ends__serves_nobody_then(void **state)
{
    char byte;
    int status;
    command_start(&command, NULL);
    if (pipe2(question, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    kill(command.resident, SIGSTOP);
    pid_t client = as_user(ask_and_wait);
    assert_int_equal(read(question[0], &byte, 1), 1);
    command_end(&command);
    kill(command.resident, SIGCONT);
    waitpid(client, &status, 0);
    assert_int_equal(status, 0);
    close(question[0]);
    close(question[1]);
}

/* It stops the resident helper just after its request has come there, on one processor: poll(2) has
   said then that the command lives. */
static void ask_and_stop(void)
{
    struct sockaddr_in name = {.sin_port = 0};
    socklen_t length = sizeof name;
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
    sched_setaffinity(command.resident, sizeof first, &first);
    int fd = connect_to_name(command.name), asked = socket(AF_INET, SOCK_STREAM, 0);
    usleep(20000);
    send_descriptors(fd, &asks_for_80, sizeof asks_for_80, asked, 1);
    kill(command.resident, SIGSTOP);
    proxy_state(command.resident, "T"); /* a bind(2) that it is within ends first */
    getsockname(asked, (struct sockaddr *)&name, &length);
    const bool came_too_late = name.sin_port != 0;
    if (write(question[1], "", 1) != 1)
        _exit(2);
    answer_of(fd);
    getsockname(asked, (struct sockaddr *)&name, &length);
    _exit(came_too_late || name.sin_port == 0 ? 0 : 1);
}

static void stopped_after_a_request_when_the_command_ends__not_bound(void **state)
{
    char byte;
    int status, bound = 0;
    for (int i = 0; i < 10; i++) {
        command_start(&command, NULL);
        if (pipe2(question, O_CLOEXEC) != 0)
            err(EXIT_FAILURE, "pipe");
        pid_t client = as_user(ask_and_stop);
        assert_int_equal(read(question[0], &byte, 1), 1);
        command_end(&command);
        kill(command.resident, SIGCONT);
        waitpid(client, &status, 0);
        bound += status != 0;
        close(question[0]);
        close(question[1]);
    }
    assert_int_equal(bound, 0);
}

static const struct run_result *run_below(const char *scenario)
{
    static const char *const environment[] = {"PRIVBIND_HELPER=/nonexistent", "PRIVBIND_QUIET=1",
                                              NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a",
                                "tcp 80",         HOST, scenario, NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
}

static void lineage__served_while_the_command_lives(void **state)
{
    static const struct {
        const char *scenario, *expected;
    } cases[] = {
        {"sibling_of_the_command", "beside: ok\nafter: errno 13\n"},
        {"orphan_of_a_subreaper", "orphan: ok\nadopted: 1\nno other child: 1\n"},
#ifndef PRIVBIND_THREAD_SANITIZER /* whose runtime loses count of its threads then */
        {"main_thread_ends", "thread: ok\n"},
#endif
        {"exec_in_a_thread", DENIED_81 "80: ok\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(run_below(cases[i].scenario)->standard_output, cases[i].expected);
}

static void other_namespaces__served_where_ids_are_mapped(void **state)
{
    const char *seen = run_below("from_other_namespaces")->standard_output;
    if (strstr(seen, "no user namespace here") != NULL)
        cannot_run("an ordinary user cannot have user namespaces here");
    /* Its namespace maps no id: there nobody can tell the resident helper from a stranger. */
    assert_string_equal(seen, "same: ok\nuser: errno 13\nprocesses: errno 13\n"
                              "mounts and root: errno 13\nnetwork: errno 13\n");
}

static void fork_bomb__EACCES_until_it_is_over(void **state)
{
    assert_string_equal(run_below("fork_bomb_around")->standard_output,
                        "fork: errno 11\nfull: errno 13\nfree: ok\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void attacks__need_another_user(void **state)
{
    cannot_run("an ordinary user's namespace has one uid only: privbind -u has none to become");
}

int run_resident_attack_tests(void)
{
    const struct CMUnitTest none[] = {TEST(attacks__need_another_user)};
    const struct CMUnitTest tests[] = {
        TEST(resident__untouchable_in_every_way),
        TEST(odd_requests__refused_and_nothing_kept),
        TEST(limits_lowered__denied_port_never_bound),
        TEST(limit_flips__denied_port_never_bound),
        TEST(signal_storm__all_bound),
        TEST(stopped_and_continued__all_bound),
        TEST(stopped_and_continued_at_full_log__not_bound),
        TEST(stopped_when_the_command_ends__serves_nobody_then),
        TEST(stopped_after_a_request_when_the_command_ends__not_bound),
        TEST(lineage__served_while_the_command_lives),
        TEST(other_namespaces__served_where_ids_are_mapped),
        TEST(fork_bomb__EACCES_until_it_is_over),
    };
    if (sandbox_is_user_namespace())
        return cmocka_run_group_tests_name("the command against its helper", none, NULL, NULL);
    return cmocka_run_group_tests_name("the command against its helper", tests, NULL, NULL);
}
