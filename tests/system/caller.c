/* SPDX-License-Identifier: MIT */
/* The supervisor and who asks it: the right one, whatever its number. */
#include "system.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proxy.h"

/* The next process of this PID namespace gets the number after this one. */
static bool set_last_number(int number)
{
    char text[16];
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    const int length = snprintf(text, sizeof text, "%d", number);
    const bool is_set = write(fd, text, (size_t)length) == length;
    close(fd);
    return is_set;
}

static void number_comes_again__the_new_one_is_served(void **state)
{
    struct proxy_run host;
    char first[64];
    int number = 0;
    cannot_run_sanitized("there are no static programs");
    system_copy_built("host-static", STATIC_HOST);
    proxy_start(&host, "number_comes_again", false, NULL);
    strcpy(first, proxy_line(&host));
    assert_int_equal(sscanf(first, "number: %d", &number), 1);
    assert_string_equal(proxy_line(&host), "first: ok");
    assert_true(proxy_state(number, "X"));

    const bool is_set = set_last_number(number - 1);
    kill(host.launcher, SIGUSR1);
    if (is_set)
        assert_string_equal(proxy_line(&host), first);
    const bool is_bound = is_set && strcmp(proxy_line(&host), "second: ok") == 0;
    proxy_wait(&host);
    if (!is_set)
        cannot_run("process numbers cannot be chosen here (/proc/sys/kernel/ns_last_pid)");
    assert_true(is_bound);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_caller_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(number_comes_again__the_new_one_is_served),
    };
    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
