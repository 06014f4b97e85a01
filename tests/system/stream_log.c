/* SPDX-License-Identifier: MIT */
/* A system log that is a stream socket, as that of syslog-ng's unix-stream. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

static int open_stream_log(int waiting)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") != 0 ||
        bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 || listen(fd, waiting) != 0)
        err(EXIT_FAILURE, "/dev/log");
    chmod("/dev/log", 0666);
    close(open("/dev/null", O_CREAT | O_WRONLY | O_CLOEXEC, 0666)); /* what run() wants of a /dev */
    return fd;
}

static void close_log(int log)
{
    close(log);
    if (umount("/dev") != 0)
        err(EXIT_FAILURE, "/dev");
}

static void stream_log__gets_the_entry(void **state)
{
    char line[2048] = "";
    int log = open_stream_log(5);
    const struct run_result *result = system_run_host("ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    int connection = accept4(log, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const ssize_t length = recv(connection, line, sizeof line - 1, 0);
    close(connection);
    close_log(log);
    assert_contains(line, "]: granted tcp 0.0.0.0:80 to ");
    assert_int_equal(length, strlen(line) + 1); /* with the NUL that ends an entry */
}

/* Whoever could make it full could bind without a trace. */
static void stream_log_full__nothing_bound(void **state)
{
    int log = open_stream_log(0), fillers[16];
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        fillers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(fillers[i], (const struct sockaddr *)&name, sizeof name);
    }
    const struct run_result *result = system_run_host("ipv4_any__bound");
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++)
        close(fillers[i]);
    close_log(log);
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_contains(result->standard_error, "the system log does not accept the entry");
}

static void hundred_binds__no_descriptor_left(void **state)
{
    static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", HOST, "hundred_allowed", NULL};
    cannot_run_sanitized("its runtime opens descriptors of its own");
    int log = open_stream_log(200);
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .as_root = system_limit_descriptors});
    close_log(log);
    assert_string_equal(result->standard_output, "bound: 100\n");
}

/* The name is there, and nobody listens: as without a log. */
static void log_that_has_ended__bound(void **state)
{
    int log = open_stream_log(5);
    close(log);
    const struct run_result *result = system_run_host("ipv4_any__bound");
    close_log(-1);
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_stream_log_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stream_log__gets_the_entry),
        TEST(stream_log_full__nothing_bound),
        TEST(hundred_binds__no_descriptor_left),
        TEST(log_that_has_ended__bound),
    };
    return cmocka_run_group_tests_name("a system log that is a stream", tests, NULL, NULL);
}
