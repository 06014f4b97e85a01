/* SPDX-License-Identifier: MIT */
/* Asking the helper by hand. */
#include "ask.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"
#include "protocol.h"

#define ASKS_FOR_80                                                                                \
    {                                                                                              \
        .version = PRIVBIND_PROTOCOL_VERSION, .address_length = sizeof(struct sockaddr_in)         \
    }

pid_t exec_helper(int channel, const struct rlimit *descriptors)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(channel, STDIN_FILENO);
        closefrom(3);
        sandbox_become_target(false);
        if (descriptors != NULL)
            setrlimit(RLIMIT_NOFILE, descriptors);
        execl(SANDBOX_HELPER, "privbind-helper", NULL);
        err(126, SANDBOX_HELPER);
    }
    close(channel);
    return pid;
}

int start_limited_helper(int type, const struct rlimit *descriptors, pid_t *pid)
{
    int channel[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, channel) != 0)
        err(EXIT_FAILURE, "socketpair");
    *pid = exec_helper(channel[1], descriptors);
    return channel[0];
}

int start_helper(int type, pid_t *pid)
{
    return start_limited_helper(type, NULL, pid);
}

void send_message(int channel, const struct message *message)
{
    char body[sizeof message->request + 64] = {0};
    char control[CMSG_SPACE(sizeof message->sockets)] = {0};
    const size_t size = message->count * sizeof(int);
    memcpy(body, &message->request, sizeof message->request);
    struct iovec vector = {body, message->length > 0 ? message->length : sizeof message->request};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    if (size > 0) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(first), message->sockets, size);
    }
    /* A helper that has ended already is noticed by who waits for its reply. */
    if (sendmsg(channel, &header, MSG_NOSIGNAL) < 0 && errno != EPIPE)
        err(EXIT_FAILURE, "sendmsg");
}

const struct privbind_reply *ask(const struct message *message)
{
    static struct privbind_reply reply;
    pid_t pid;
    int channel = start_helper(SOCK_SEQPACKET, &pid);
    send_message(channel, message);
    memset(&reply, 0, sizeof reply);
    if (recv(channel, &reply, sizeof reply, 0) != sizeof reply)
        fail_msg("no reply");
    assert_int_equal(reply.version, PRIVBIND_PROTOCOL_VERSION);
    close(channel);
    waitpid(pid, NULL, 0);
    return &reply;
}

void assert_refused(const struct message *message, const char *reason)
{
    const struct privbind_reply *reply = ask(message);
    assert_int_equal(reply->error, EACCES);
    assert_contains(reply->reason, reason);
}

struct message ask_for_80(int socket)
{
    struct message message = {.request = ASKS_FOR_80, .sockets = {socket}, .count = 1};
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    memcpy(message.request.address, &address, sizeof address);
    return message;
}

int tcp(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}
