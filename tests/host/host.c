/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void show(const char *what, int result)
{
    if (result == 0)
        printf("%s: ok\n", what);
    else
        printf("%s: errno %d\n", what, errno);
}

void show_number(const char *what, long number)
{
    printf("%s: %ld\n", what, number);
}

void show_name(int fd)
{
    struct sockaddr_storage name = {0};
    socklen_t length = sizeof name;
    char text[INET6_ADDRSTRLEN] = "?";
    struct sockaddr_in *v4 = (struct sockaddr_in *)&name;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&name;

    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) {
        show("getsockname", -1);
        return;
    }
    if (name.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    else
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    printf("name: %s port %u scope %u flow %u length %u\n", text, ntohs(v4->sin_port),
           name.ss_family == AF_INET6 ? v6->sin6_scope_id : 0,
           name.ss_family == AF_INET6 ? v6->sin6_flowinfo : 0, length);
}

int new_socket(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);
    if (fd < 0) {
        printf("no such socket: family %d type %d protocol %d\n", family, type, protocol);
        exit(EXIT_FAILURE);
    }
    return fd;
}

struct sockaddr_in ipv4(const char *address, uint16_t port)
{
    struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &result.sin_addr);
    return result;
}

struct sockaddr_in6 ipv6(const char *address, uint16_t port)
{
    struct sockaddr_in6 result = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, address, &result.sin6_addr);
    return result;
}

int show_bind(const char *what, int fd, const void *address, socklen_t length)
{
    const int marker = 4711;
    errno = marker;
    int result = bind(fd, address, length);
    if (result == 0 && errno != marker)
        printf("%s: errno changed on success\n", what);
    show(what, result);
    return result;
}

int bind_tcp(const char *what, uint16_t port)
{
    struct sockaddr_in address = ipv4("0.0.0.0", port);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    show_bind(what, fd, &address, sizeof address);
    return fd;
}

uint16_t bound_port(int fd)
{
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &length);
    return ntohs(name.sin_port);
}

int all_children(void)
{
    return getenv("PRIVBIND_SOCKET") == NULL ? __WALL : 0;
}

int main(int argc, char *argv[])
{
    static const struct {
        const char *name;
        void (*run)(void);
    } scenarios[] = {
#define SCENARIO(name) {#name, name},
        ALL_SCENARIOS
#undef SCENARIO
    };
    for (size_t i = 0; argc == 2 && i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(argv[1], scenarios[i].name) == 0) {
            scenarios[i].run();
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    fputs("usage: host SCENARIO\n", stderr);
    return 2;
}
