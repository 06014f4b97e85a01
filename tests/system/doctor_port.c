/* SPDX-License-Identifier: MIT */
/* privbind --check: who has the port. */
#include "doctor.h"

#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void udp_port_taken__not_shared(void **state)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        err(EXIT_FAILURE, "port 53");
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "53/udp", NULL};
    assert_failed(
        run(&(struct run){.argv = argv, .environment = environment, .shares_network = true}),
        "\nFAIL  port: udp 53 is taken by ");
    close(fd);
}

static int take_port(in_addr_t ip, bool listens)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(ip)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        (listens && listen(fd, 1) != 0))
        err(EXIT_FAILURE, "port 80");
    return fd;
}

static const struct run_result *check_80_here(void)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "127.0.0.1:80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .shares_network = true});
}

static void port_taken_by_a_process_of_the_user__FAIL_with_its_name(void **state)
{
    char expected[128];
    fflush(NULL);
    int other = take_port(INADDR_LOOPBACK + 1, true); /* in nobody's way */
    int fd = take_port(INADDR_LOOPBACK, true);
    pid_t pid = fork();
    if (pid == 0) {
        sandbox_become_target(false);
        prctl(PR_SET_DUMPABLE, 1); /* as execve(2) makes it: readable for its user */
        prctl(PR_SET_NAME, "my-server");
        pause();
    }
    close(fd);
    while (kill(pid, 0) == 0 && strstr(check_80_here()->standard_output, "my-server") == NULL)
        usleep(10000);
    snprintf(expected, sizeof expected,
             "\nFAIL  port: tcp 80 is taken by my-server (pid %d, uid 0); stop it, for example: "
             "kill %d\n",
             pid, pid);
    assert_failed(check_80_here(), expected);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(other);
}

static void port_taken_by_root__FAIL_with_the_uid(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has one uid only");
    int fd = take_port(INADDR_ANY, true);
    assert_failed(check_80_here(), "\nFAIL  port: tcp 80 is taken by a process of uid 0 "
                                   "not visible from here; as root: ss -anp 'sport = :80'\n");
    close(fd);
}

static void port_taken_without_listening__FAIL(void **state)
{
    int fd = take_port(INADDR_ANY, false);
    assert_failed(check_80_here(), "\nFAIL  port: tcp 80 is taken by a socket that does not listen "
                                   "(yet); as root: ss -anp\n");
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_doctor_port_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(udp_port_taken__not_shared),
        TEST(port_taken_by_a_process_of_the_user__FAIL_with_its_name),
        TEST(port_taken_by_root__FAIL_with_the_uid),
        TEST(port_taken_without_listening__FAIL),
    };
    return cmocka_run_group_tests_name("the doctor: the port", tests, NULL, NULL);
}
