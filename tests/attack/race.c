/* SPDX-License-Identifier: MIT */
/* Attacks between check and bind: another thread changes the socket. */
#include "attack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/*
 * The kernel's placeholder for the IPv4 address of a socket that is bound to a single IPv6 one
 * (LOOPBACK4_IPV6, net/ipv6/af_inet6.c). The socket gets it if IPV6_ADDRFORM makes it an IPv4 one
 * while its bind waits for the socket's lock; privbind.conf(5) says so. Seen once, on riscv64.
 */
#define IN_PLACE_OF_IPV6 "127.0.0.6"

static atomic_int target = -1;
static atomic_bool finished;

static void flip(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

static void flip_option(int fd, unsigned which, int value)
{
    switch (which) {
    case 0:
        flip(fd, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET);
        break;
    case 1:
        flip(fd, SOL_SOCKET, SO_REUSEPORT, value);
        flip(fd, SOL_SOCKET, SO_REUSEADDR, value);
        break;
    case 2:
        flip(fd, IPPROTO_IP, IP_FREEBIND, value);
        flip(fd, IPPROTO_IPV6, IPV6_FREEBIND, value);
        break;
    case 3:
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", value == 0 ? 0 : 3);
        break;
    case 4:
        setsockopt(fd, IPPROTO_TCP, TCP_ULP, "smc", 3);
        break;
    default:
        flip(fd, IPPROTO_IPV6, IPV6_V6ONLY, value);
    }
}

static void use(int fd, unsigned which)
{
    const struct name name =
        name_of(which % 2 ? "127.0.0.1" : "::ffff:127.0.0.1", which < 2 ? 9 : UNPRIVILEGED);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    switch (which) {
    case 0:
    case 1:
        connect(fd, (const struct sockaddr *)&name.address, name.length);
        break;
    case 2:
    case 3:
        bind(fd, (const struct sockaddr *)&name.address, name.length);
        break;
    case 4:
        connect(fd, &nobody, sizeof nobody);
        break;
    case 5:
        listen(fd, 1);
        break;
    case 6:
        shutdown(fd, SHUT_RDWR);
        break;
    default:
        close(dup(fd));
    }
}

/* Everything that a thread can do to the socket while it is checked and bound. What would leave
   nothing for the helper to bind comes seldom. */
static void *meddle(void *unused)
{
    for (unsigned i = 0; !finished; i++) {
        flip_option(target, i % 12, (int)(i / 12 % 2));
        if (i % 32 == 0)
            use(target, i / 32 % 8);
    }
    return NULL;
}

/* Whether it is bound to a privileged port of an address that the policy does not have. */
static bool is_forbidden(int fd)
{
    struct sockaddr_in6 name = {0};
    socklen_t length = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &length);
    char text[INET6_ADDRSTRLEN] = "?";
    if (ntohs(name.sin6_port) != PRIVILEGED)
        return false;
    if (name.sin6_family == AF_INET6)
        inet_ntop(AF_INET6, &name.sin6_addr, text, sizeof text);
    else
        inet_ntop(AF_INET, &((struct sockaddr_in *)&name)->sin_addr, text, sizeof text);
    if (strcmp(text, "::1") == 0 || strcmp(text, "::ffff:127.0.0.1") == 0 ||
        strcmp(text, "127.0.0.1") == 0 || strcmp(text, IN_PLACE_OF_IPV6) == 0)
        return false;
    printf("FORBIDDEN: %s\n", text);
    return true;
}

/* The policy is for ::1 and 127.0.0.1, and for :: and 0.0.0.0 by separate rules. Two seconds,
   or as many as PRIVBIND_ATTACK_SECONDS says, and more where a busy machine has bound none by
   then. */
void socket_changed_meanwhile(void)
{
    static const char *const addresses[] = {
        "::", "::1", "::ffff:0.0.0.0", "::", "127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"};
    const char *seconds = getenv("PRIVBIND_ATTACK_SECONDS");
    const time_t end = time(NULL) + (seconds == NULL ? 2 : atoi(seconds));
    unsigned tries = 0, bound = 0, forbidden = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, meddle, NULL);
    for (; time(NULL) < end || (bound == 0 && tries < 2000); tries++) {
        const struct name name = name_of(addresses[tries % COUNT(addresses)], PRIVILEGED);
        target = attack_socket(name.address.ss_family, tries % 2 ? SOCK_STREAM : SOCK_DGRAM, 0);
        const enum outcome outcome = attack_ask_for(target, &name);
        bound += outcome == OUTCOME_BOUND;
        forbidden += is_forbidden(target);
        if (outcome == OUTCOME_HANGS)
            puts("HANGS");
        close(target);
    }
    finished = true;
    pthread_join(thread, NULL);
    fprintf(stderr, "%u tries, %u bound\n", tries, bound);
    printf("some bound: %d\nforbidden: %u\n", bound > 0, forbidden);
}
