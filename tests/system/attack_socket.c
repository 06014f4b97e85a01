/* SPDX-License-Identifier: MIT */
/* Attacks by what the helper is asked for. */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "log.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define OTHER_UID 5000

static void need_ipv6(void)
{
    if (!sandbox_has_ipv6())
        cannot_run("no IPv6 here");
}

/* Every address is either bound for the rule, or no rule allows it. */
static void odd_address__bound_only_if_listed(void **state)
{
    need_ipv6();
    static const char *const bound[] = {"127.0.0.1", "127.255.255.255", "::1", "::1%1",
                                        "::ffff:127.0.0.1"};
    sandbox_policy("allow anyone udp 80 on 127.0.0.0/8,::1\n");
    const char *output = attack("odd_addresses");
    size_t count = 0;
    for (const char *at = output; (at = strstr(at, ": bound\n")) != NULL; at++)
        count++;
    for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s: bound\n", bound[i]);
        assert_contains(output, line);
    }
    assert_int_equal(count, sizeof bound / sizeof bound[0]);
    size_t refused = 0;
    for (const char *at = output; (at = strstr(at, "no rule allows")) != NULL; at++)
        refused++;
    assert_int_equal(refused, 24 - count);
}

/* A wildcard lies in a network as a number, and is much more than that. */
static void wildcard_in_a_network__refused(void **state)
{
    need_ipv6();
    sandbox_policy("allow anyone udp 80 on 0.0.0.0/1,::/1,::ffff:0:0/97\n");
    const char *output = attack("odd_addresses");
    static const char *const lines[] = {"127.0.0.1: bound\n", "::1: bound\n",
                                        "\n0.0.0.0: no rule allows", "\n::: no rule allows",
                                        "\n::ffff:0.0.0.0: no rule allows"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_contains(output, lines[i]);
}

static void mapped_wildcard__takes_ipv4_only(void **state)
{
    need_ipv6();
    sandbox_policy("allow anyone tcp 80 on 0.0.0.0\n");
    assert_string_equal(attack("mapped_wildcard"), "bind: bound\n"
                                                   "127.0.0.1: connected\n"
                                                   "::1: Connection refused\n");
}

static void option_of_the_channel__answered(void **state)
{
    assert_every_line(attack("options_of_the_channel"), ": answered");
}

static void descriptor_that_is_no_socket__refused(void **state)
{
    assert_every_line(attack("other_kinds_of_descriptor"), ": refused: the descriptor is not a");
}

static void allow_pings(void)
{
    int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0 4294967294", 12) != 12)
        warn("ping_group_range");
    close(fd);
}

static void every_other_socket__refused(void **state)
{
    assert_string_equal(attack_with("every_kind_of_socket", allow_pings)->standard_output,
                        "refused some: 1\n");
}

static void message_rewritten__first_one_counts(void **state)
{
    sandbox_policy("allow anyone tcp 80 on 127.0.0.1\n");
    assert_string_equal(attack("message_rewritten"), "done\n");
}

/* PRIVBIND_ATTACK_SECONDS=100 for tens of thousands of tries. */
static void socket_changed_between_check_and_bind__nothing_forbidden(void **state)
{
    need_ipv6();
    sandbox_policy("allow anyone 80 on ::1,127.0.0.1\nallow anyone 80 on ::\n");
    const struct run_result *result = attack_with("socket_changed_meanwhile", NULL);
    if (getenv("PRIVBIND_ATTACK_SECONDS") != NULL)
        printf("%s", result->standard_error);
    assert_string_equal(result->standard_output, "some bound: 1\nforbidden: 0\n");
}

/* A socket belongs to whoever made it (SO_REUSEPORT asks for that); fsuid is enough. */
static int socket_of_another_user(int type)
{
    const int one = 1;
    setfsuid(OTHER_UID);
    int fd = socket(AF_INET, type, 0);
    setfsuid(0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        err(EXIT_FAILURE, "socket");
    return fd;
}

static void occupy_as_another_user(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    static const uint16_t ports[] = {80, 8080};
    for (size_t i = 0; i < 4; i++) {
        const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(ports[i / 2])};
        const int fd = socket_of_another_user(types[i % 2]);
        if (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 ||
            (types[i % 2] == SOCK_STREAM && listen(fd, 1) != 0))
            err(EXIT_FAILURE, "bind");
    }
}

static void occupy_as_the_attacker(void)
{
    setfsuid(sandbox_uid());
    if (setfsuid((uid_t)-1) != (int)sandbox_uid())
        errx(EXIT_FAILURE, "setfsuid");
    const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(80)},
                             free = {.sin_family = AF_INET, .sin_port = htons(8080)};
    const int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0),
              second = socket(AF_INET, SOCK_STREAM, 0);
    setfsuid(0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(second, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 || listen(fd, 1) != 0 ||
        bind(second, (const struct sockaddr *)&free, sizeof free) != 0 || listen(second, 1) != 0)
        err(EXIT_FAILURE, "bind");
}

/* Two users' UDP sockets with SO_REUSEADDR share a port (socket(7)): so the kernel does without us.
 */
#define SHARED_BY_THE_KERNEL                                                                       \
    "tcp not shared\nudp not shared\nudp SO_REUSEADDR shared\ntcp SO_REUSEADDR not shared\n"       \
    "tcp without options not shared\nudp without options not shared\n"

static void port_of_another_user__as_without_the_helper(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid");
    assert_string_equal(
        attack_with("ports_of_another_user", occupy_as_another_user)->standard_output,
        SHARED_BY_THE_KERNEL SHARED_BY_THE_KERNEL);
    assert_contains(attack_with("ports_of_another_user", occupy_as_the_attacker)->standard_output,
                    "tcp shared\n");
}

/* In a network of the same user namespace the capability counts as well. */
static void open_in_another_network(void)
{
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET) != 0 || dup2(socket(AF_INET, SOCK_STREAM, 0), 9) < 0 ||
        setns(own, CLONE_NEWNET) != 0)
        err(EXIT_FAILURE, "network namespace");
}

static void open_here(void)
{
    dup2(socket(AF_INET, SOCK_STREAM, 0), 9);
}

static void socket_of_another_network__refused(void **state)
{
    uint64_t network;
    socklen_t length = sizeof network;
    if (getsockopt(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), SOL_SOCKET, SO_NETNS_COOKIE,
                   &network, &length) != 0)
        cannot_run("a socket of this kernel does not tell its network (Linux 5.14)");
    struct system_log_reader reader = system_read_log();
    const struct run_result *result = attack_with("inherited_socket", open_in_another_network);
    assert_int_equal(system_stop_reading(reader).grants, 0);
    assert_string_equal(result->standard_output,
                        "inherited: refused: the socket is from another network namespace; bind "
                        "it there\n");
    assert_string_equal(attack_with("inherited_socket", open_here)->standard_output,
                        "inherited: bound\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, attack_setup, attack_teardown)

int run_socket_attack_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(odd_address__bound_only_if_listed),
        TEST(wildcard_in_a_network__refused),
        TEST(mapped_wildcard__takes_ipv4_only),
        TEST(option_of_the_channel__answered),
        TEST(descriptor_that_is_no_socket__refused),
        TEST(every_other_socket__refused),
        TEST(message_rewritten__first_one_counts),
        TEST(socket_changed_between_check_and_bind__nothing_forbidden),
        TEST(port_of_another_user__as_without_the_helper),
        TEST(socket_of_another_network__refused),
    };
    return cmocka_run_group_tests_name("attacks by what is asked", tests, NULL, NULL);
}
