/* SPDX-License-Identifier: MIT */
/* The name of the resident helper of privbind -u, taken by somebody else. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"

static struct command command;

static int kill_resident(void)
{
    return kill(command.resident, SIGKILL);
}

/* The user kills it; another takes its very name. */
static int kill_and_take_name(uid_t uid)
{
    int listener = -1;
    assert_int_equal(as_uid(sandbox_uid(), kill_resident), 0);
    for (int attempt = 0; listener < 0 && attempt < 2000; attempt++, usleep(1000))
        listener = listen_at_name(uid, command.name);
    assert_true(listener >= 0);
    return listener;
}

static void name__cannot_be_taken_from_the_living(void **state)
{
    static const uid_t uids[] = {FOREIGN_UID, 0, TARGET_UID};
    command_start(&command, NULL);
    for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
        assert_int_equal(listen_at_name(uids[i], command.name), -1);
        assert_int_equal(errno, EADDRINUSE);
    }
    assert_string_equal(command_run(&command, "ipv4_any__bound"), IS_BOUND);
    command_end(&command);
}

static void name_of_the_dead_taken_by_others__told_nothing(void **state)
{
    static const uid_t uids[] = {FOREIGN_UID, 0};
    for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
        char byte;
        command_start(&command, NULL);
        int listener = kill_and_take_name(uids[i]);
        assert_string_equal(command_run(&command, "ipv4_any__bound"), "0.0.0.0: errno 13\n");
        int connection = accept(listener, NULL, NULL);
        assert_int_equal(recv(connection, &byte, 1, 0), 0);
        close(connection);
        close(listener);
        command_end(&command);
    }
}

static int squatter;

/* As the user's own: takes the socket, binds it if it can, and lies. Returns bind's errno. */
static int take_socket_and_lie(void)
{
    struct privbind_request request;
    const struct privbind_reply lie = {.version = PRIVBIND_PROTOCOL_VERSION};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec body = {&request, sizeof request};
    struct msghdr message = {.msg_iov = &body,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    int connection = accept(squatter, NULL, NULL), stolen = -1;
    if (recvmsg(connection, &message, 0) != sizeof request || CMSG_FIRSTHDR(&message) == NULL)
        return 255;
    memcpy(&stolen, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof stolen);
    const int error = bind(stolen, (const struct sockaddr *)request.address,
                           (socklen_t)request.address_length) == 0
                          ? 0
                          : errno;
    send(connection, &lie, sizeof lie, MSG_NOSIGNAL);
    return error;
}

/*
 * The user's own processes are not kept apart: they may trace the command, too. What one of them
 * gets is the command's socket; never a port, and no belief in its lies.
 */
static void name_of_the_dead_taken_by_the_user__gets_no_port(void **state)
{
    command_start(&command, NULL);
    squatter = kill_and_take_name(sandbox_uid());
    command_begin(&command, "ipv4_any__bound");
    assert_int_equal(as_uid(sandbox_uid(), take_socket_and_lie), EACCES);
    assert_string_equal(command_finish(&command), "0.0.0.0: errno 13\n");
    close(squatter);
    command_end(&command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_squatter_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(name__cannot_be_taken_from_the_living),
        TEST(name_of_the_dead_taken_by_others__told_nothing),
        TEST(name_of_the_dead_taken_by_the_user__gets_no_port),
    };
    if (sandbox_is_user_namespace())
        return 0; /* system_attack.c says why */
    return cmocka_run_group_tests_name("the name taken by others", tests, NULL, NULL);
}
