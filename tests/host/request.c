/* SPDX-License-Identifier: MIT */
/* Below privbind -u: clients of the right user who send requests in odd ways. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "host.h"
#include "protocol.h"

#define DESCRIPTORS_AT_ONCE 253 /* SCM_MAX_FD */

int connect_to_resident(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *name = getenv("PRIVBIND_SOCKET");
    int fd = new_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    if (connect(fd, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct privbind_request request_for(uint16_t port)
{
    struct sockaddr_in address = ipv4("0.0.0.0", port);
    struct privbind_request request = {1, sizeof address, {0}};
    memcpy(request.address, &address, sizeof address);
    return request;
}

bool send_descriptors(int fd, const void *bytes, size_t length, int descriptor, int count)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(DESCRIPTORS_AT_ONCE * sizeof(int))] = {0};
    struct iovec iov = {(void *)(uintptr_t)bytes, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        for (int i = 0; i < count; i++)
            memcpy(CMSG_DATA(header) + (size_t)i * sizeof(int), &descriptor, sizeof descriptor);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* Sends length bytes of the request from offset on, with count times the descriptor. */
static bool send_part(int fd, size_t offset, size_t length, int descriptor, int count)
{
    struct privbind_request request = request_for(80);
    return send_descriptors(fd, (char *)&request + offset, length, descriptor, count);
}

static void show_answer(const char *what, int fd)
{
    struct privbind_reply reply = {.error = -1};
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t length = poll(&ready, 1, 20000) == 1 ? recv(fd, &reply, sizeof reply, 0) : -2;
    printf("%s: %s %d\n", what, length == sizeof reply ? "answer" : "none", reply.error);
    close(fd);
}

static void one_message_in_pieces(int socket, size_t whole)
{
    int fd = connect_to_resident();
    send_part(fd, 0, whole / 2, socket, 1);
    send_part(fd, whole / 2, whole - whole / 2, socket, 1);
    show_answer("in pieces", fd);
    fd = connect_to_resident();
    send_part(fd, 0, 0, socket, 1); /* a message of no bytes, which yet holds a descriptor */
    send_part(fd, 0, whole, socket, 1);
    show_answer("after an empty one", fd);
    fd = connect_to_resident();
    send_part(fd, 0, whole, -1, 0); /* and the descriptor comes late */
    send_part(fd, 0, whole, socket, 1);
    show_answer("descriptor in a second one", fd);
}

static void odd_descriptors(size_t whole)
{
    int fd = connect_to_resident();
    send_part(fd, 0, whole, fd, 1); /* in flight within itself */
    show_answer("the connection itself", fd);
    fd = connect_to_resident();
    int place = open("/", O_PATH | O_CLOEXEC), listener = new_socket(AF_UNIX, SOCK_SEQPACKET, 0);
    send_part(fd, 0, whole, place, 1);
    show_answer("a place", fd);
    fd = connect_to_resident();
    send_part(fd, 0, whole, listener, 1);
    show_answer("a unix socket", fd);
    close(place);
    close(listener);
}

/* As many as there may be in flight, and asked for by nobody who waits. */
static void flood(int socket, size_t whole)
{
    int sent = 0;
    for (int i = 0; i < 500; i++) {
        int fd = connect_to_resident();
        for (int j = 0; j < 4; j++)
            sent += send_part(fd, 0, whole, socket, DESCRIPTORS_AT_ONCE);
        close(fd);
    }
    puts(sent > 100 ? "flood: sent" : "flood: hardly anything sent");
}

void odd_requests(void)
{
    const size_t whole = sizeof(struct privbind_request);
    int socket = new_socket(AF_INET, SOCK_STREAM, 0);
    one_message_in_pieces(socket, whole);
    odd_descriptors(whole);
    flood(socket, whole);
    show_name(socket);
    int fd = connect_to_resident();
    while (!send_part(fd, 0, whole, socket, 1) && errno == ETOOMANYREFS)
        usleep(1000); /* what the flood has in flight still counts */
    show_answer("in order", fd);
    show_name(socket);
    close(socket);
}
