/* SPDX-License-Identifier: MIT */
/* Attacks by what is asked: addresses, sockets, and what becomes of them meanwhile. */
#include "attack.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "older.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

/* The policy is for 127.0.0.0/8 and ::1. */
void odd_addresses(void)
{
    static const char *const addresses[] = {"127.0.0.1",
                                            "127.255.255.255",
                                            "0.0.0.0",
                                            "0.0.0.1",
                                            "224.0.0.1",
                                            "239.1.2.3",
                                            "255.255.255.255",
                                            "128.0.0.1",
                                            "::1",
                                            "::1%1",
                                            "::",
                                            "::ffff:127.0.0.1",
                                            "::ffff:0.0.0.0",
                                            "::ffff:224.0.0.1",
                                            "::ffff:255.255.255.255",
                                            "::127.0.0.1",
                                            "::ffff:0:127.0.0.1",
                                            "64:ff9b::7f00:1",
                                            "2002:7f00:1::",
                                            "ff01::1%1",
                                            "ff02::1%1",
                                            "fe80::1%1",
                                            "fe80::7f00:1%1",
                                            "::1:0:0:0"};
    const int on = 1;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const struct name name = name_of(addresses[i], PRIVILEGED);
        const int fd = attack_socket(name.address.ss_family, SOCK_DGRAM, 0);
        /* So that the kernel takes any address: the policy alone stands in the way. */
        setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
        setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
        const enum outcome outcome = attack_ask_for(fd, &name);
        printf("%s: %s\n", addresses[i], outcome == OUTCOME_BOUND ? "bound" : attack_reason());
        close(fd);
    }
}

/* ::ffff:0.0.0.0 is judged as 0.0.0.0; it must not take IPv6. */
void mapped_wildcard(void)
{
    const struct name name = name_of("::ffff:0.0.0.0", PRIVILEGED);
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    const int server = attack_socket(AF_INET6, SOCK_STREAM, 0), off = 0;
    setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    outcome_show("bind", attack_ask_for(server, &name));
    listen(server, 1);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const struct name peer = name_of(addresses[i], PRIVILEGED);
        const int client = attack_socket(peer.address.ss_family, SOCK_STREAM, 0);
        const int result = connect(client, (const struct sockaddr *)&peer.address, peer.length);
        printf("%s: %s\n", addresses[i], result == 0 ? "connected" : strerror(errno));
    }
}

/* What the channel can be made to do at the helper's end. */
void options_of_the_channel(void)
{
    static const struct {
        const char *what;
        int option, value;
    } options[] = {{"SO_PASSCRED", SO_PASSCRED, 1},  {"SO_PASSPIDFD", SO_PASSPIDFD, 1},
                   {"SO_PASSSEC", SO_PASSSEC, 1},    {"SO_PASSRIGHTS", SO_PASSRIGHTS, 0},
                   {"SO_PEEK_OFF", SO_PEEK_OFF, 64}, {"SO_RCVLOWAT", SO_RCVLOWAT, 1 << 20},
                   {"SO_RCVBUF", SO_RCVBUF, 0},      {"SO_SNDBUF", SO_SNDBUF, 0},
                   {"SO_TIMESTAMP", SO_TIMESTAMP, 1}};
    const struct name name = name_of("127.0.0.1", PRIVILEGED);
    for (size_t i = 0; i < COUNT(options); i++) {
        struct victim victim = attack_start(NULL);
        const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
        int ends[2];
        close(victim.channel);
        attack_finish(&victim);
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
        setsockopt(ends[1], SOL_SOCKET, options[i].option, &options[i].value, sizeof(int));
        const int kept = dup(STDIN_FILENO);
        dup2(ends[1], STDIN_FILENO);
        victim = (struct victim){.pid = fork(), .channel = ends[0]};
        if (victim.pid == 0) {
            execl(SANDBOX_HELPER, "privbind-helper", NULL);
            _exit(126);
        }
        dup2(kept, STDIN_FILENO);
        close(kept);
        close(ends[1]);
        const bool sent = attack_ask(&victim, fd, &name);
        const enum outcome outcome = attack_finish(&victim);
        const bool is_right = outcome == OUTCOME_BOUND || outcome == OUTCOME_REFUSED || !sent;
        printf("%s: %s\n", options[i].what, is_right ? "answered" : "NOT ANSWERED");
        close(fd);
    }
}

void other_kinds_of_descriptor(void)
{
    const struct name name = name_of("127.0.0.1", PRIVILEGED);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
        err(EXIT_FAILURE, "socketpair");
    const int fds[] = {STDIN_FILENO,
                       pair[0],
                       epoll_create1(0),
                       eventfd(0, 0),
                       memfd_create("x", 0),
                       (int)syscall(SYS_pidfd_open, getpid(), 0),
                       open("/proc/self/ns/net", O_RDONLY),
                       open("/", O_PATH),
                       open("/proc/self/exe", O_PATH),
                       open("/proc/self/mem", O_RDWR)};
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct victim victim = attack_start(NULL);
        attack_ask(&victim, fds[i], &name);
        outcome_show("descriptor", attack_finish(&victim));
    }
    /* Its own channel, which would keep itself alive. */
    struct victim victim = attack_start(NULL);
    attack_ask(&victim, victim.channel, &name);
    victim.socket = -1;
    outcome_show("channel", attack_finish(&victim));
}

static bool is_served(int family, int type, int protocol)
{
    return (family == AF_INET || family == AF_INET6) &&
           ((type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP ||
                                     protocol == IPPROTO_MPTCP || protocol == IPPROTO_SCTP)) ||
            (type == SOCK_DGRAM &&
             (protocol == 0 || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE)) ||
            (type == SOCK_SEQPACKET && (protocol == 0 || protocol == IPPROTO_SCTP)) ||
            (type == SOCK_DCCP));
}

/* Whatever this kernel lets a user make, with an address that fits its family. */
void every_kind_of_socket(void)
{
    unsigned refused = 0;
    for (int family = 0; family < 50; family++) {
        for (int type = SOCK_STREAM; type <= SOCK_PACKET; type++) {
            for (int protocol = 0; protocol < 264; protocol++) {
                const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
                struct name name = name_of(family == AF_INET6 ? "::1" : "127.0.0.1", PRIVILEGED);
                if (fd < 0)
                    continue;
                name.address.ss_family = (sa_family_t)family;
                const bool expects_bind = is_served(family, type, protocol);
                const enum outcome outcome = attack_ask_for(fd, &name);
                refused += outcome == OUTCOME_REFUSED;
                if (outcome != (expects_bind ? OUTCOME_BOUND : OUTCOME_REFUSED))
                    printf("family %d type %d protocol %d: %d %s\n", family, type, protocol,
                           outcome, attack_reason());
                close(fd);
            }
        }
    }
    printf("refused some: %d\n", refused > 0);
}

/* The kernel has copied the message when sendmsg(2) returns. */
void message_rewritten(void)
{
    struct privbind_request *request =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct name allowed = name_of("127.0.0.1", PRIVILEGED), other = name_of("0.0.0.0", PRIVILEGED);
    for (int i = 0; i < 100; i++) {
        struct name *name = (struct name *)(void *)request;
        const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
        *name = allowed;
        struct victim victim = attack_start(NULL);
        attack_ask(&victim, fd, name);
        *name = other;
        const enum outcome outcome = attack_finish(&victim);
        struct sockaddr_in bound;
        socklen_t length = sizeof bound;
        getsockname(fd, (struct sockaddr *)&bound, &length);
        if (outcome != OUTCOME_BOUND || bound.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
            outcome_show("rewritten", outcome);
        close(fd);
    }
    puts("done");
}
