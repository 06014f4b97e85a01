/* SPDX-License-Identifier: MIT */
/*
 * The helper as a hostile caller sees it: executed by an unprivileged process, with anything at
 * all in the place of a request.
 */
#include "ask.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vm_sockets.h> /* after sys/socket.h, which older versions of it want */

#include "log.h"
#include "protocol.h"

/* Nobody hears that the bind worked: it must not. */
static void client_gone_before_the_bind__not_bound(void **state)
{
    const struct message message = ask_for_80(tcp());
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    int channel[2], status;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        err(EXIT_FAILURE, "socketpair");
    send_message(channel[0], &message);
    close(channel[0]);
    waitpid(exec_helper(channel[1], NULL), &status, 0);
    assert_int_equal(WEXITSTATUS(status), 1);
    getsockname(message.sockets[0], (struct sockaddr *)&name, &length);
    assert_int_equal(name.sin_port, 0);
    close(message.sockets[0]);
}

static void good_request__bound(void **state)
{
    int fd = tcp();
    struct message message = ask_for_80(fd);
    const struct privbind_reply *reply = ask(&message);
    assert_int_equal(reply->error, 0);
    assert_contains(reply->reason, "bound for uid ");
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &length);
    assert_int_equal(ntohs(name.sin_port), 80);
    close(fd);
}

static void wrong_length__refused(void **state)
{
    const size_t lengths[] = {1, 8, sizeof(struct privbind_request) - 1,
                              sizeof(struct privbind_request) + 1,
                              sizeof(struct privbind_request) + 64};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct message message = ask_for_80(tcp());
        message.length = lengths[i];
        assert_refused(&message, "the request has the wrong length");
        close(message.sockets[0]);
    }
}

static void malformed_request__refusal_logged(void **state)
{
    char line[1024] = "";
    int log = system_open_log();
    struct message message = ask_for_80(tcp());
    message.length = 8;
    assert_refused(&message, "the request has the wrong length");
    assert_true(recv(log, line, sizeof line - 1, MSG_DONTWAIT) > 0);
    assert_contains(line, "refused a bind to user ");
    assert_contains(line, ": the request has the wrong length");
    close(message.sockets[0]);
    system_close_log(log);
}

static void wrong_version__refused(void **state)
{
    struct message message = ask_for_80(tcp());
    message.request.version++;
    assert_refused(&message, "the request has a different version; install");
    close(message.sockets[0]);
}

static void no_descriptor__refused(void **state)
{
    struct message message = ask_for_80(-1);
    message.count = 0;
    assert_refused(&message, "does not hold exactly one descriptor");
}

static void many_descriptors__refused(void **state)
{
    const size_t counts[] = {2, 3, 200};
    /* Room for one is room for two where long has 64 bits. */
    const size_t room = CMSG_SPACE(sizeof(int)) == CMSG_SPACE(2 * sizeof(int)) ? 2 : 1;
    int fd = tcp();
    struct message message = ask_for_80(fd);
    for (size_t i = 0; i < sizeof message.sockets / sizeof message.sockets[0]; i++)
        message.sockets[i] = fd;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        message.count = counts[i];
        assert_refused(&message, counts[i] <= room ? "exactly one descriptor" : "more than one");
    }
    close(fd);
}

/* The sandbox's root makes these; the helper judges the descriptor, not who made it. */
static void descriptor_of_another_kind__refused(void **state)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        err(EXIT_FAILURE, "pipe");
    const struct {
        const char *name;
        int fd;
        const char *reason;
    } cases[] = {
        {"file", open("/dev/null", O_RDWR), "not a socket"},
        {"path", open("/etc", O_PATH), "not a socket"},
        {"pipe", pipe_ends[0], "not a socket"},
        {"unix", socket(AF_UNIX, SOCK_STREAM, 0), "not an IPv4 or IPv6 socket"},
        {"netlink", socket(AF_NETLINK, SOCK_RAW, 0), "not an IPv4 or IPv6 socket"},
        {"packet", socket(AF_PACKET, SOCK_RAW, 0), "not an IPv4 or IPv6 socket"},
        {"raw tcp", socket(AF_INET, SOCK_RAW, IPPROTO_TCP), "protocol is not one of"},
        {"raw", socket(AF_INET, SOCK_RAW, IPPROTO_RAW), "protocol is not one of"},
        {"icmp", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "protocol is not one of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].fd < 0)
            fail_msg("no %s socket", cases[i].name);
        struct message message = ask_for_80(cases[i].fd);
        assert_refused(&message, cases[i].reason);
        close(cases[i].fd);
    }
    close(pipe_ends[1]);
}

static void vsock__refused(void **state)
{
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        cannot_run("this kernel has no vsock: %s", strerror(errno));
    struct message message = ask_for_80(fd);
    const struct sockaddr_vm address = {
        .svm_family = AF_VSOCK, .svm_port = 80, .svm_cid = VMADDR_CID_ANY};
    memset(message.request.address, 0, sizeof message.request.address);
    memcpy(message.request.address, &address, sizeof address);
    assert_refused(&message, "not an IPv4 or IPv6 socket");
    close(fd);
}

static void family_and_socket_differ__refused(void **state)
{
    int v6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct message message = ask_for_80(v6);
    assert_refused(&message, "the address family differs from the socket's");
    close(v6);

    const struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    message = ask_for_80(tcp());
    memcpy(message.request.address, &address, sizeof address);
    message.request.address_length = sizeof address;
    assert_refused(&message, "the address family differs from the socket's");
    close(message.sockets[0]);
}

static void address_length__refused(void **state)
{
    const uint32_t lengths[] = {0, 1, 2, 15, 129, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct message message = ask_for_80(tcp());
        message.request.address_length = lengths[i];
        assert_refused(&message, "the address ");
        close(message.sockets[0]);
    }
}

static void port_0__refused(void **state)
{
    struct message message = ask_for_80(tcp());
    message.request.address[2] = message.request.address[3] = 0;
    assert_refused(&message, "port 0 needs no privilege");
    close(message.sockets[0]);
}

/* A rule for it would be bad advice. */
static void port_without_privilege_and_rule__refused_as_sandboxed(void **state)
{
    struct message message = ask_for_80(tcp());
    sandbox_policy("");
    message.request.address[2] = 8080 >> 8;
    message.request.address[3] = 8080 & 255;
    assert_refused(&message, "this port needs no privilege; a sandbox forbids the bind");
    close(message.sockets[0]);
}

/* SO_PASSCRED on the helper's end adds a control message of the kernel's. */
static void credentials_added__refused(void **state)
{
    int channel[2], on = 1;
    pid_t pid;
    struct privbind_reply reply = {0};
    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel);
    setsockopt(channel[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    struct message message = ask_for_80(tcp());
    send_message(channel[0], &message);
    fflush(NULL);
    if ((pid = fork()) == 0) {
        dup2(channel[1], STDIN_FILENO);
        sandbox_become_target(false);
        execl(SANDBOX_HELPER, "privbind-helper", NULL);
        err(126, SANDBOX_HELPER);
    }
    recv(channel[0], &reply, sizeof reply, 0);
    waitpid(pid, NULL, 0);
    assert_int_equal(reply.error, EACCES);
    close(channel[0]);
    close(channel[1]);
    close(message.sockets[0]);
}

static void second_message__left_unread(void **state)
{
    pid_t pid;
    struct privbind_reply reply;
    int channel = start_helper(SOCK_SEQPACKET, &pid);
    struct message first = ask_for_80(tcp()), second = ask_for_80(tcp());
    second.request.address[3] = 81;
    send_message(channel, &first);
    send_message(channel, &second);
    /* What was left unread may be told as a reset, even before the answer that came earlier. */
    ssize_t length = recv(channel, &reply, sizeof reply, 0);
    if (length < 0 && errno == ECONNRESET)
        length = recv(channel, &reply, sizeof reply, 0);
    assert_int_equal(length, sizeof reply);
    assert_int_equal(reply.error, 0);
    assert_true(recv(channel, &reply, sizeof reply, 0) <= 0);
    waitpid(pid, NULL, 0);
    close(channel);
    close(first.sockets[0]);
    close(second.sockets[0]);
}

/* libc itself may give up then; what counts is that nothing is bound without a log entry. */
static void limit_on_descriptors__never_bound_without_log(void **state)
{
    for (rlim_t count = 0; count < 3; count++) {
        const struct rlimit limit = {count, count};
        struct privbind_reply reply = {.error = EACCES};
        struct message message = ask_for_80(tcp());
        struct sockaddr_in name;
        socklen_t length = sizeof name;
        pid_t pid;
        int channel = start_limited_helper(SOCK_SEQPACKET, &limit, &pid);
        send_message(channel, &message);
        recv(channel, &reply, sizeof reply, 0);
        waitpid(pid, NULL, 0);
        assert_int_equal(reply.error, EACCES);
        getsockname(message.sockets[0], (struct sockaddr *)&name, &length);
        assert_int_equal(ntohs(name.sin_port), 0);
        close(channel);
        close(message.sockets[0]);
    }
}

static void silent_caller__helper_ends(void **state)
{
    pid_t pid;
    int status = 0;
    int channel = start_helper(SOCK_SEQPACKET, &pid);
    struct pollfd end = {.fd = channel, .events = POLLIN};
    assert_int_equal(poll(&end, 1, 20000), 1);
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    close(channel);
}

/* The signal interrupts its wait, wherever in the first fifth of a second that begins. */
static void continued_while_it_waits__served(void **state)
{
    const struct message message = ask_for_80(tcp());
    struct privbind_reply reply = {.error = EACCES};
    pid_t pid;
    int status, channel = start_helper(SOCK_SEQPACKET, &pid);
    for (int i = 0; i < 100; i++) {
        usleep(2000);
        kill(pid, SIGCONT);
    }
    send_message(channel, &message);
    recv(channel, &reply, sizeof reply, 0);
    assert_int_equal(reply.error, 0);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    close(channel);
    close(message.sockets[0]);
}

static void caller_gone__helper_ends(void **state)
{
    pid_t pid;
    int status = 0;
    close(start_helper(SOCK_SEQPACKET, &pid));
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
}

static void socket_of_another_type__usage(void **state)
{
    const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        pid_t pid;
        int status = 0;
        close(start_helper(types[i], &pid));
        waitpid(pid, &status, 0);
        assert_int_equal(WEXITSTATUS(status), 2);
    }
}

static void by_hand__says_in_one_line_what_it_is(void **state)
{
    static const struct {
        const char *program, *first;
    } cases[] = {{SANDBOX_HELPER, NULL},
                 {SANDBOX_HELPER, "--check-policy"},
                 {SANDBOX_HELPER, "--supervise"},
                 {SANDBOX_SUPERVISOR, NULL},
                 {SANDBOX_SUPERVISOR, "1"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {cases[i].program, cases[i].first, NULL};
        const struct run_result *result = run(&(struct run){.argv = argv});
        assert_int_equal(WEXITSTATUS(result->status), 2);
        assert_string_equal(result->standard_output, "");
        assert_contains(result->standard_error, " " PRIVBIND_VERSION ": ");
        assert_ptr_equal(strchr(result->standard_error, '\n'),
                         strrchr(result->standard_error, '\n'));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_request_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_request__bound),
        TEST(client_gone_before_the_bind__not_bound),
        TEST(wrong_length__refused),
        TEST(malformed_request__refusal_logged),
        TEST(wrong_version__refused),
        TEST(no_descriptor__refused),
        TEST(many_descriptors__refused),
        TEST(descriptor_of_another_kind__refused),
        TEST(vsock__refused),
        TEST(family_and_socket_differ__refused),
        TEST(address_length__refused),
        TEST(port_0__refused),
        TEST(port_without_privilege_and_rule__refused_as_sandboxed),
        TEST(credentials_added__refused),
        TEST(second_message__left_unread),
        TEST(limit_on_descriptors__never_bound_without_log),
        TEST(silent_caller__helper_ends),
        TEST(continued_while_it_waits__served),
        TEST(caller_gone__helper_ends),
        TEST(socket_of_another_type__usage),
        TEST(by_hand__says_in_one_line_what_it_is),
    };
    return cmocka_run_group_tests_name("requests to the helper", tests, NULL, NULL);
}
