/* SPDX-License-Identifier: MIT */
/* Scenarios about addresses; host.h says how they are used. */
#include "host.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

static void bind_ipv4(const char *address, int type)
{
    struct sockaddr_in name = ipv4(address, 80);
    int fd = new_socket(AF_INET, type, 0);
    if (show_bind(address, fd, &name, sizeof name) == 0)
        show_name(fd);
    close(fd);
}

static void bind_ipv6(const char *address, int v6only)
{
    struct sockaddr_in6 name = ipv6(address, 80);
    int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    if (show_bind(address, fd, &name, sizeof name) == 0)
        show_name(fd);
    /* Whether IPv4 is taken too. */
    bind_ipv4("0.0.0.0", SOCK_STREAM);
    close(fd);
}

void ipv4_any__bound(void)
{
    bind_ipv4("0.0.0.0", SOCK_STREAM);
}

void ipv4_loopback__bound(void)
{
    bind_ipv4("127.0.0.1", SOCK_STREAM);
}

void ipv4_length_of_sockaddr_storage__bound(void)
{
    struct sockaddr_storage name = {0};
    struct sockaddr_in address = ipv4("127.0.0.1", 80);
    memcpy(&name, &address, sizeof address);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    show_bind("sockaddr_storage", fd, &name, sizeof name);
    show_name(fd);
}

/* Every length from none to beyond the longest, also as a negative number. */
static void every_length(int family, const void *address, size_t size)
{
    struct sockaddr_storage name[2] = {{0}};
    char what[32];
    memcpy(name, address, size);
    for (int length = -1; length <= 130; length++) {
        int fd = new_socket(family, SOCK_STREAM, 0);
        snprintf(what, sizeof what, "length %d", length);
        show_bind(what, fd, name, (socklen_t)length);
        close(fd);
    }
}

void ipv4_every_length__as_the_kernel(void)
{
    struct sockaddr_in address = ipv4("127.0.0.1", 80);
    every_length(AF_INET, &address, sizeof address);
}

void ipv6_every_length__as_the_kernel(void)
{
    struct sockaddr_in6 address = ipv6("::1", 80);
    every_length(AF_INET6, &address, sizeof address);
}

void ipv4_foreign_address__EADDRNOTAVAIL(void)
{
    bind_ipv4("192.0.2.1", SOCK_STREAM);
}

void ipv4_broadcast_and_multicast__as_the_kernel(void)
{
    static const char *const addresses[] = {"255.255.255.255", "127.255.255.255", "224.0.0.1",
                                            "239.1.2.3"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        bind_ipv4(addresses[i], SOCK_STREAM);
        bind_ipv4(addresses[i], SOCK_DGRAM);
    }
}

void ipv6_any__bound_dual_stack(void)
{
    bind_ipv6("::", 0);
}

void ipv6_any_v6only__leaves_ipv4_free(void)
{
    bind_ipv6("::", 1);
}

void ipv6_loopback__bound(void)
{
    bind_ipv6("::1", 0);
}

void ipv6_flow_info__kept(void)
{
    struct sockaddr_in6 name = ipv6("::1", 80);
    name.sin6_flowinfo = htonl(0x12345);
    int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
    show_bind("flow info", fd, &name, sizeof name);
    show_name(fd);
}

/* The tests give loopback a link-local address. */
static void bind_link_local(unsigned scope)
{
    struct sockaddr_in6 name = ipv6("fe80::1", 80);
    name.sin6_scope_id = scope;
    int fd = new_socket(AF_INET6, SOCK_STREAM, 0);
    if (show_bind("link-local", fd, &name, sizeof name) == 0)
        show_name(fd);
}

void ipv6_link_local_with_scope__bound(void)
{
    bind_link_local(if_nametoindex("lo"));
}

void ipv6_link_local_without_scope__as_the_kernel(void)
{
    bind_link_local(0);
    bind_link_local(99);
}

void ipv6_foreign_address__EADDRNOTAVAIL(void)
{
    bind_ipv6("2001:db8::1", 0);
}

void v4_mapped__bound(void)
{
    bind_ipv6("::ffff:127.0.0.1", 0);
    bind_ipv6("::ffff:0.0.0.0", 0);
}

void v4_mapped_v6only__EINVAL(void)
{
    bind_ipv6("::ffff:127.0.0.1", 1);
}

static void bind_unspec(int family, const char *address)
{
    union {
        struct sockaddr_in v4;
        struct sockaddr_storage storage;
    } name = {.storage = {0}};
    name.v4 = ipv4(address, 80);
    name.v4.sin_family = AF_UNSPEC;
    int fd = new_socket(family, SOCK_STREAM, 0);
    if (show_bind("AF_UNSPEC", fd, &name, sizeof name.v4) == 0)
        show_name(fd);
    close(fd);
    fd = new_socket(family, SOCK_STREAM, 0);
    if (show_bind("AF_UNSPEC, long", fd, &name, sizeof name) == 0)
        show_name(fd);
    close(fd);
}

void unspec_any_on_ipv4__bound(void)
{
    bind_unspec(AF_INET, "0.0.0.0");
}

void unspec_any_on_ipv6__as_the_kernel(void)
{
    bind_unspec(AF_INET6, "0.0.0.0");
}

void unspec_loopback__EAFNOSUPPORT(void)
{
    bind_unspec(AF_INET, "127.0.0.1");
}

void family_of_the_other_kind__as_the_kernel(void)
{
    struct sockaddr_in v4 = ipv4("127.0.0.1", 80);
    struct sockaddr_in6 v6 = ipv6("::1", 80);
    show_bind("v4 on v6", new_socket(AF_INET6, SOCK_STREAM, 0), &v4, sizeof v4);
    show_bind("v6 on v4", new_socket(AF_INET, SOCK_STREAM, 0), &v6, sizeof v6);
    v4.sin_family = 99;
    show_bind("family 99", new_socket(AF_INET, SOCK_STREAM, 0), &v4, sizeof v4);
}

void bad_pointer__EFAULT(void)
{
    /* Not constants, so that no compiler warns or reasons about them. */
    const void *volatile null = NULL;
    const void *volatile wild = (const void *)16;
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    show_bind("null", fd, null, sizeof(struct sockaddr_in));
    show_bind("wild", fd, wild, sizeof(struct sockaddr_in));
    show_bind("null, no length", fd, null, 0);

    /* Family, port and address can be read, the rest cannot. */
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct sockaddr_in name = ipv4("0.0.0.0", 80);
    munmap(pages + page, page);
    memcpy(pages + page - 8, &name, 8);
    show_bind("half", fd, pages + page - 8, sizeof name);
}

void not_a_socket__ENOTSOCK(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    show_bind("file", open("/dev/null", O_RDWR), &name, sizeof name);
}

void closed_descriptor__EBADF(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    show_bind("closed", 99, &name, sizeof name);
    show_bind("negative", -1, &name, sizeof name);
}

/* EACCES, but not for an address that the helper could help with. */
void unix_path_forbidden__EACCES(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/proc/forbidden"};
    show_bind("unix", new_socket(AF_UNIX, SOCK_STREAM, 0), &name, sizeof name);
}

/* Its bytes look like a privileged port's. */
void unix_abstract__bound(void)
{
    const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0\x50"};
    show_bind("unix", new_socket(AF_UNIX, SOCK_STREAM, 0), &name, 64);
}

void every_privileged_port_boundary__bound(void)
{
    static const uint16_t ports[] = {1, 2, 79, 80, 443, 1023, 1024, 1025};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        show_name(bind_tcp("port", ports[i]));
}

/* A kernel without one of them says so in both runs. */
void every_protocol__as_the_kernel(void)
{
    static const struct {
        const char *name;
        int type, protocol;
    } all[] = {
        {"tcp", SOCK_STREAM, IPPROTO_TCP},   {"udp", SOCK_DGRAM, IPPROTO_UDP},
        {"mptcp", SOCK_STREAM, 262},         {"udplite", SOCK_DGRAM, IPPROTO_UDPLITE},
        {"sctp", SOCK_STREAM, IPPROTO_SCTP}, {"sctp many", SOCK_SEQPACKET, IPPROTO_SCTP},
        {"dccp", SOCK_DCCP, IPPROTO_DCCP},
    };
    struct sockaddr_in v4 = ipv4("127.0.0.1", 80);
    struct sockaddr_in6 v6 = ipv6("::1", 80);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (int family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
            int fd = socket(family, all[i].type, all[i].protocol);
            printf("family %d ", family);
            if (fd < 0)
                printf("%s: not in this kernel\n", all[i].name);
            else if (family == AF_INET)
                show_bind(all[i].name, fd, &v4, sizeof v4);
            else
                show_bind(all[i].name, fd, &v6, sizeof v6);
            if (fd >= 0)
                close(fd);
        }
    }
}
