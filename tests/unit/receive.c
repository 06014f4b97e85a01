/* SPDX-License-Identifier: MIT */
/* Receiving the request from a peer that may send anything. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/receive.h"

/* What is received: a pair of sockets, and a pipe as the descriptor to send. */
static int sender, receiver, pipe_ends[2], highest_open;
static const struct privbind_request sample = {PRIVBIND_PROTOCOL_VERSION, 16, {2, 0, 0, 80}};

static int open_channel(void **state)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
        pipe2(pipe_ends, O_CLOEXEC) != 0)
        return -1;
    sender = ends[0];
    receiver = ends[1];
    highest_open = dup(sender) - 1;
    close(highest_open + 1);
    return 0;
}

static int close_channel(void **state)
{
    close(sender);
    close(receiver);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return 0;
}

/* Sends a message together with count descriptors, in one control message. */
static void send_with_descriptors(const void *bytes, size_t length, size_t count)
{
    enum { MOST = 200 };
    int descriptors[MOST];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptors)];
    } control = {0};
    struct iovec body = {(void *)(uintptr_t)bytes, length};
    struct msghdr message = {.msg_iov = &body, .msg_iovlen = 1};

    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++)
        descriptors[i] = pipe_ends[0];
    if (count > 0) {
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    }
    assert_int_equal(sendmsg(sender, &message, MSG_NOSIGNAL), length);
}

static const char *receive(int *socket)
{
    struct privbind_request message;
    *socket = 12345;
    return request_receive(receiver, &message, socket);
}

static void one_descriptor__received(void **state)
{
    struct privbind_request message;
    struct stat sent, received;
    int socket;
    send_with_descriptors(&sample, sizeof sample, 1);
    assert_null(request_receive(receiver, &message, &socket));
    assert_memory_equal(&message, &sample, sizeof sample);
    assert_int_equal(fstat(socket, &received), 0);
    assert_int_equal(fstat(pipe_ends[0], &sent), 0);
    assert_true(received.st_dev == sent.st_dev && received.st_ino == sent.st_ino);
    assert_true((fcntl(socket, F_GETFD) & FD_CLOEXEC) != 0);
    close(socket);
}

/* Descriptors of a refused message must not stay open. */
static void assert_none_left(void)
{
    const int lowest = dup(sender);
    close(lowest);
    assert_int_equal(lowest, highest_open + 1);
}

static void length_of_message_wrong__refused(void **state)
{
    static const size_t lengths[] = {1, 3, 4, 135, 137, 272, 4096};
    static const char bytes[4096] = {PRIVBIND_PROTOCOL_VERSION};
    for (size_t i = 0; i < 2 * COUNT(lengths); i++) {
        int socket;
        send_with_descriptors(bytes, lengths[i / 2], i % 2);
        assert_string_equal(receive(&socket), "the request has the wrong length");
        assert_int_equal(socket, -1);
        assert_none_left();
    }
}

static void end_of_file__refused(void **state)
{
    int socket;
    send_with_descriptors("", 0, 0);
    assert_string_equal(receive(&socket), "there is no request");
    shutdown(sender, SHUT_WR);
    assert_string_equal(receive(&socket), "there is no request");
    assert_int_equal(socket, -1);
}

static void channel_not_a_socket__refused(void **state)
{
    struct privbind_request message;
    int socket;
    assert_string_equal(request_receive(pipe_ends[0], &message, &socket),
                        "the request cannot be received");
    assert_int_equal(socket, -1);
}

static void version_wrong__refused(void **state)
{
    static const uint32_t versions[] = {0, 2, UINT32_MAX, 0x01000000};
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct privbind_request message = sample;
        int socket;
        message.version = versions[i];
        send_with_descriptors(&message, sizeof message, 1);
        assert_string_equal(receive(&socket), "the request has a different version; install helper "
                                              "and library from one release");
        assert_int_equal(socket, -1);
        assert_none_left();
    }
}

/* Another version may well have another length. */
static void version_and_length_wrong__version_named(void **state)
{
    const uint32_t other = PRIVBIND_PROTOCOL_VERSION + 1;
    int socket;
    send_with_descriptors(&other, sizeof other, 0);
    assert_non_null(strstr(receive(&socket), "different version"));
}

static void no_descriptor__refused(void **state)
{
    int socket;
    send_with_descriptors(&sample, sizeof sample, 0);
    assert_string_equal(receive(&socket), "the request does not hold exactly one descriptor");
    assert_int_equal(socket, -1);
}

static void several_descriptors__refused(void **state)
{
    static const char truncated[] = "the request holds more than one descriptor, other control "
                                    "data, or a descriptor over the limit on open files";
    /* Where a word has eight bytes, the padding after one descriptor has room for another. */
    const char *two = CMSG_SPACE(sizeof(int)) >= CMSG_LEN(2 * sizeof(int))
                          ? "the request does not hold exactly one descriptor"
                          : truncated;
    static const size_t counts[] = {2, 3, 200};
    const char *without = getenv("PRIVBIND_WITHOUT");
    if (without != NULL && strcmp(without, "control-messages") == 0)
        skip(); /* an emulator makes its own of them */
    for (size_t i = 0; i < COUNT(counts); i++) {
        int socket;
        send_with_descriptors(&sample, sizeof sample, counts[i]);
        assert_string_equal(receive(&socket), counts[i] == 2 ? two : truncated);
        assert_int_equal(socket, -1);
        assert_none_left();
    }
}

static void limit_of_open_files_reached__refused(void **state)
{
    struct rlimit limit;
    int socket, lowest = dup(sender);
    close(lowest);
    cannot_run_under_valgrind("it has limits of its own");
    send_with_descriptors(&sample, sizeof sample, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)lowest, limit.rlim_max});
    const char *wrong = receive(&socket);
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_non_null(strstr(wrong, "a descriptor over the limit on open files"));
    assert_int_equal(socket, -1);
}

/* The peer had this very socket before the helper was executed, and could set any option. */
static void credentials_before_descriptor__refused(void **state)
{
    for (size_t count = 0; count < 3; count++) {
        int socket;
        assert_int_equal(setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)), 0);
        send_with_descriptors(&sample, sizeof sample, count);
        assert_non_null(receive(&socket));
        assert_int_equal(socket, -1);
        assert_none_left();
    }
}

static void kind_of_socket__asked_of_the_kernel(void **state)
{
    static const struct socket_kind cases[] = {
        {AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDP},
        {AF_UNIX, SOCK_SEQPACKET, 0},
        {AF_UNIX, SOCK_STREAM, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct socket_kind kind = {-1, -1, -1};
        const int descriptor = socket(cases[i].domain, cases[i].type | SOCK_NONBLOCK, 0);
        assert_true(descriptor >= 0);
        const bool is_socket = request_socket_kind(descriptor, &kind);
        close(descriptor);
        if (!is_socket || memcmp(&kind, &cases[i], sizeof kind) != 0)
            fail_msg("row %zu: %d %d %d", i, kind.domain, kind.type, kind.protocol);
    }
}

static void kind_of_something_else__false(void **state)
{
    struct socket_kind kind;
    assert_false(request_socket_kind(pipe_ends[0], &kind));
    assert_false(request_socket_kind(-1, &kind));
}

/* Another process may have taken the message since poll(2) told of it. */
static void nothing_there__does_not_wait(void **state)
{
    struct privbind_request request;
    int received;
    alarm(10);
    assert_string_equal(request_receive(receiver, &request, &received),
                        "the request cannot be received");
    alarm(0);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, open_channel, close_channel)

int run_receive_tests(void)
{
    const struct CMUnitTest tests[] = {
        CHANNEL_TEST(one_descriptor__received),
        CHANNEL_TEST(length_of_message_wrong__refused),
        CHANNEL_TEST(end_of_file__refused),
        CHANNEL_TEST(nothing_there__does_not_wait),
        CHANNEL_TEST(channel_not_a_socket__refused),
        CHANNEL_TEST(version_wrong__refused),
        CHANNEL_TEST(no_descriptor__refused),
        CHANNEL_TEST(several_descriptors__refused),
        CHANNEL_TEST(limit_of_open_files_reached__refused),
        CHANNEL_TEST(credentials_before_descriptor__refused),
        CHANNEL_TEST(kind_of_socket__asked_of_the_kernel),
        CHANNEL_TEST(kind_of_something_else__false),
        CHANNEL_TEST(version_and_length_wrong__version_named),
    };
    return cmocka_run_group_tests_name("receiving", tests, NULL, NULL);
}
