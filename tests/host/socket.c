/* SPDX-License-Identifier: MIT */
/* Scenarios about sockets; host.h says how they are used. */
#include "host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void port_taken__EADDRINUSE(void)
{
    listen(bind_tcp("first", 80), 1);
    bind_tcp("second", 80);
}

void port_taken_by_wildcard__EADDRINUSE(void)
{
    struct sockaddr_in name = ipv4("127.0.0.1", 80);
    bind_tcp("wildcard", 80);
    show_bind("loopback", new_socket(AF_INET, SOCK_STREAM, 0), &name, sizeof name);
}

void bound_twice__EINVAL(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 81);
    int fd = bind_tcp("first", 80);
    show_bind("second", fd, &name, sizeof name);
    show_name(fd);
}

static int bind_with_option(const char *what, int type, int option)
{
    struct sockaddr_in name = ipv4("127.0.0.1", 80);
    int fd = new_socket(AF_INET, type, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, option, &on, sizeof on);
    show_bind(what, fd, &name, sizeof name);
    return fd;
}

void reuseaddr__bound_twice(void)
{
    bind_with_option("first", SOCK_STREAM, SO_REUSEADDR);
    bind_with_option("second", SOCK_STREAM, SO_REUSEADDR);
}

void reuseport__shared(void)
{
    show("listen", listen(bind_with_option("first", SOCK_STREAM, SO_REUSEPORT), 1));
    show("listen", listen(bind_with_option("second", SOCK_STREAM, SO_REUSEPORT), 1));
}

void reuseport_half__EADDRINUSE(void)
{
    bind_with_option("with", SOCK_STREAM, SO_REUSEPORT);
    bind_with_option("without", SOCK_STREAM, SO_KEEPALIVE);
}

void nonblocking_and_cloexec__kept(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    show_bind("bind", fd, &name, sizeof name);
    show_number("nonblocking", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    show_number("cloexec", fcntl(fd, F_GETFD));
}

void freebind__bound(void)
{
    struct sockaddr_in name = ipv4("192.0.2.1", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
    show_bind("foreign address", fd, &name, sizeof name);
    show_name(fd);
}

void bound_then_served__answers(void)
{
    struct sockaddr_in name = ipv4("127.0.0.1", 80);
    char answer[8] = "";
    int server = bind_tcp("bind", 80);
    show("listen", listen(server, 1));
    int client = new_socket(AF_INET, SOCK_STREAM, 0);
    show("connect", connect(client, (struct sockaddr *)&name, sizeof name));
    int connection = accept(server, NULL, NULL);
    show_number("sent", write(connection, "hello", 5));
    show_number("received", read(client, answer, sizeof answer));
    puts(answer);
}

void udp_bound__receives(void)
{
    struct sockaddr_in name = ipv4("127.0.0.1", 53);
    char answer[8] = "";
    int server = new_socket(AF_INET, SOCK_DGRAM, 0);
    show_bind("bind", server, &name, sizeof name);
    int client = new_socket(AF_INET, SOCK_DGRAM, 0);
    show_number("sent", sendto(client, "hello", 5, 0, (struct sockaddr *)&name, sizeof name));
    show_number("received", read(server, answer, sizeof answer));
}

void rebind_after_close__bound(void)
{
    for (int i = 0; i < 5; i++)
        close(bind_tcp("again", 80));
}

/* No copy of the one before may keep the port. */
void rebind_after_close_with_a_reset__bound(void)
{
    const struct linger reset = {1, 0};
    struct sockaddr_in address = ipv4("0.0.0.0", 80);
    int failed = 0;
    for (int i = 0; i < 100; i++) {
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        failed += bind(fd, (struct sockaddr *)&address, sizeof address) != 0;
        close(fd);
    }
    show_number("failed", failed);
}

void unprivileged_port__bound(void)
{
    show_name(bind_tcp("bind", 8080));
}

void port_zero__bound(void)
{
    bind_tcp("bind", 0);
}

void fifty_binds__all_bound(void)
{
    for (uint16_t port = 100; port < 150; port++)
        bind_tcp("bind", port);
}

/* For a tracer that counts system calls: getppid(2) marks where a bind begins and ends. The last
   bind is for a supervisor, which keeps what it has read for the one before. */
void counted_binds__bound(void)
{
    const struct sockaddr_in unprivileged = ipv4("0.0.0.0", 2000), privileged = ipv4("0.0.0.0", 80);
    int sockets[] = {new_socket(AF_INET, SOCK_STREAM, 0), new_socket(AF_INET, SOCK_STREAM, 0),
                     new_socket(AF_INET, SOCK_STREAM, 0)};
    getppid();
    int first = bind(sockets[0], (const struct sockaddr *)&unprivileged, sizeof unprivileged);
    getppid();
    int second = bind(sockets[1], (const struct sockaddr *)&privileged, sizeof privileged);
    getppid();
    close(sockets[1]);
    int third = bind(sockets[2], (const struct sockaddr *)&privileged, sizeof privileged);
    if (first != 0 || second != 0 || third != 0)
        exit(EXIT_FAILURE);
}
