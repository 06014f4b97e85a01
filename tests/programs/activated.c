/* SPDX-License-Identifier: MIT */
/*
 * A server that is handed its sockets, as sd_listen_fds(3) has it: says what it was given, and what
 * else it finds, then serves itself once over each that listens. With "answer" it serves one client
 * of another process instead.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? "none" : value;
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    getsockopt(fd, level, name, &value, &length);
    return value;
}

/* Whether a client of this family, at its loopback address, gets through. */
static int serves(int listener, int family, in_port_t port)
{
    struct sockaddr_in ipv4 = {
        .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 ipv6 = {
        .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int client = socket(family, SOCK_STREAM, 0);
    int result = family == AF_INET ? connect(client, (struct sockaddr *)&ipv4, sizeof ipv4)
                                   : connect(client, (struct sockaddr *)&ipv6, sizeof ipv6);
    if (result == 0)
        close(accept(listener, NULL, NULL));
    close(client);
    return result == 0;
}

static void show(int fd)
{
    char text[INET6_ADDRSTRLEN] = "?";
    struct sockaddr_in6 name = {0};
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) {
        printf("%d: no socket\n", fd);
        return;
    }
    const void *address = name.sin6_family == AF_INET
                              ? (void *)&((struct sockaddr_in *)&name)->sin_addr
                              : (void *)&name.sin6_addr;
    inet_ntop(name.sin6_family, address, text, sizeof text);
    const int listens = option_of(fd, SOL_SOCKET, SO_ACCEPTCONN);
    printf("%d: protocol %d, %s port %d%s%s%s%s\n", fd, option_of(fd, SOL_SOCKET, SO_PROTOCOL),
           text, ntohs(name.sin6_port), listens ? ", listens" : "",
           listens && serves(fd, AF_INET, name.sin6_port) ? ", IPv4" : "",
           listens && serves(fd, AF_INET6, name.sin6_port) ? ", IPv6" : "",
           fcntl(fd, F_GETFD) == 0 ? "" : ", closed by execve");
}

/* Serves one client, from wherever the socket is reached. */
static int answer_one(int listener)
{
    static const char answer[] = "hello over descriptor 3\n";
    char request[1024];
    const int client = accept(listener, NULL, NULL);
    return read(client, request, sizeof request) > 0 &&
                   write(client, answer, sizeof answer - 1) == (ssize_t)sizeof answer - 1
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    if (argc > 1 && strcmp(argv[1], "answer") == 0)
        return answer_one(3);
    const int count = atoi(value_of("LISTEN_FDS"));
    printf("%s for %s: %s\n", value_of("LISTEN_FDS"),
           atoi(value_of("LISTEN_PID")) == (int)getpid() ? "this process" : "another",
           value_of("LISTEN_FDNAMES"));
    for (int fd = 3; fd < 3 + count; fd++)
        show(fd);
    printf("next: %s\n", fcntl(3 + count, F_GETFD) < 0 ? "closed" : "open");
    printf("LD_PRELOAD %s, PRIVBIND_SOCKET %s, no_new_privs %d, children %d\n",
           value_of("LD_PRELOAD"), value_of("PRIVBIND_SOCKET"),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), waitpid(-1, NULL, WNOHANG | __WALL) == 0);
    return EXIT_SUCCESS;
}
