/* SPDX-License-Identifier: MIT */
/* Random sequences of calls on sockets, the same for the same seed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define CALLS 16
#define SOCKETS 4
#define FIRST 20 /* the sockets' descriptors begin here, whatever else is open */
#define PICK(list) (list)[pick(sizeof(list) / sizeof((list)[0]))]

static unsigned long state;

/* Knuth's constants; the high bits are the random ones. */
static size_t pick(size_t count)
{
    state = (state * 6364136223846793005u + 1442695040888963407u) & UINT32_MAX;
    return (state >> 16) % count;
}

static void tell(const char *call, int fd, int result)
{
    printf("%s %d: %d ", call, fd - FIRST, result < 0 ? errno : 0);
}

/* Ports that the kernel chose differ from run to run. */
static void tell_name(int fd)
{
    struct sockaddr_storage name = {0};
    socklen_t length = sizeof name;
    const struct sockaddr_in *ipv4 = (struct sockaddr_in *)&name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0)
        return;
    const unsigned port = ntohs(ipv4->sin_port);
    printf("[%d %u %u] ", name.ss_family, (unsigned)length, port > 10000 ? 10000 : port);
}

static void open_one(int fd)
{
    static const int families[] = {AF_INET, AF_INET, AF_INET6},
                     types[] = {SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM};
    const int opened = socket(PICK(families), PICK(types) | SOCK_NONBLOCK, 0);
    tell("socket", fd, opened >= 0 && dup2(opened, fd) == fd ? 0 : -1);
    close(opened);
}

static void bind_one(int fd)
{
    static const uint16_t ports[] = {80, 80, 81, 443, 1023, 1024, 8080, 0};
    static const char *const addresses[] = {
        "0.0.0.0",         "0.0.0.0", "127.0.0.1",        "127.0.0.2",     "::", "::1", "192.0.2.1",
        "255.255.255.255", "2001::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0"};
    static const socklen_t lengths[] = {0, 0, 0, 0, 16, 28, 15, 64, 129};
    const char *text = PICK(addresses);
    const bool is_ipv6 = strchr(text, ':') != NULL;
    const uint16_t port = PICK(ports);
    const socklen_t length = PICK(lengths);
    char address[128] = "";
    const struct sockaddr_in v4 = ipv4(is_ipv6 ? "0.0.0.0" : text, port);
    const struct sockaddr_in6 v6 = ipv6(is_ipv6 ? text : "::", port);
    if (is_ipv6)
        memcpy(address, &v6, sizeof v6);
    else
        memcpy(address, &v4, sizeof v4);
    const socklen_t whole = is_ipv6 ? sizeof v6 : sizeof v4;
    tell("bind", fd, bind(fd, (struct sockaddr *)address, length == 0 ? whole : length));
    tell_name(fd);
}

static void set_one(int fd)
{
    static const struct {
        int level, name;
    } options[] = {{SOL_SOCKET, SO_REUSEADDR},
                   {SOL_SOCKET, SO_REUSEPORT},
                   {SOL_SOCKET, SO_BROADCAST},
                   {IPPROTO_IPV6, IPV6_V6ONLY},
                   {IPPROTO_IP, IP_FREEBIND}};
    const size_t which = pick(sizeof options / sizeof options[0] + 1);
    const struct linger reset = {1, 0};
    const int on = (int)pick(3) != 0;
    if (which < sizeof options / sizeof options[0])
        tell("set", fd, setsockopt(fd, options[which].level, options[which].name, &on, sizeof on));
    else
        tell("linger", fd, setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
}

/* Datagrams only: whether a stream is connected by now is a matter of time. */
static void connect_one(int fd)
{
    const struct sockaddr_in address = ipv4("127.0.0.1", 9);
    int type = 0;
    socklen_t length = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    if (type == SOCK_DGRAM)
        tell("connect", fd, connect(fd, (struct sockaddr *)&address, sizeof address));
}

static void call_one(void)
{
    const int fd = FIRST + (int)pick(SOCKETS);
    switch (pick(12)) {
    case 0:
    case 1:
        open_one(fd);
        break;
    case 2:
        tell("close", fd, close(fd));
        break;
    case 3:
        tell("listen", fd, listen(fd, 5));
        break;
    case 4:
        tell("dup", fd, dup2(fd, FIRST + (int)pick(SOCKETS)));
        break;
    case 5:
        connect_one(fd);
        break;
    case 6:
        tell("accept", fd, accept(fd, NULL, NULL));
        break;
    case 7:
    case 8:
        set_one(fd);
        break;
    default:
        bind_one(fd);
    }
}

void random_sequences(void)
{
    const char *chosen = getenv("PRIVBIND_SEED");
    const unsigned long seed = chosen == NULL ? 1 : strtoul(chosen, NULL, 10);
    for (unsigned long i = 0; i < SEQUENCES_AT_ONCE; i++) {
        printf("%lu: ", seed + i);
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            state = (seed + i) * 2654435761u;
            for (int fd = FIRST; fd < FIRST + SOCKETS; fd++)
                open_one(fd);
            for (int call = 0; call < CALLS; call++)
                call_one();
            puts("");
            exit(EXIT_SUCCESS);
        }
        waitpid(pid, NULL, 0);
    }
}
