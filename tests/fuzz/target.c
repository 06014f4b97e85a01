/* SPDX-License-Identifier: MIT */
/* What "privbind --check" is asked for: [ADDRESS:]PORT[/PROTOCOL]. */
#include "launch/target.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "generate.h"
#include "naive.h"
#include "policy/rule.h"

enum { REFUSED, IPV4, IPV6 };
static const char *const outcomes[] = {"refused", "IPv4", "IPv6", NULL};

static const struct {
    const char *name;
    int type, number;
} protocols[] = {{"tcp", SOCK_STREAM, 6},     {"udp", SOCK_DGRAM, 17},
                 {"mptcp", SOCK_STREAM, 262}, {"udplite", SOCK_DGRAM, 136},
                 {"sctp", SOCK_STREAM, 132},  {"dccp", SOCK_DCCP, 33}};

/* What the text says, read naively. */
struct expected {
    unsigned long port, scope;
    size_t protocol; /* of protocols */
    int family;
    unsigned char address[16];
};

static bool read_ipv6(char *text, struct expected *expected)
{
    char *scope = text;
    text = strsep(&scope, "%");
    expected->family = AF_INET6;
    /* An empty scope is none: the index 0. */
    if (scope != NULL && scope[0] != '\0' && !naive_number(scope, UINT32_MAX, &expected->scope))
        expected->scope = if_nametoindex(scope);
    return inet_pton(AF_INET6, text, expected->address) == 1 &&
           (scope == NULL || scope[0] == '\0' ||
            (expected->scope != 0 && strlen(scope) < IF_NAMESIZE));
}

static bool read_address(char *text, struct expected *expected)
{
    const size_t length = strlen(text);
    if (length >= 1 && text[0] == '[' && text[length - 1] == ']') {
        text[length - 1] = '\0';
        return read_ipv6(text + 1, expected);
    }
    expected->family = AF_INET;
    if (length == 0 || strcmp(text, "*") == 0)
        text = "0.0.0.0";
    else if (strcmp(text, "localhost") == 0)
        text = "127.0.0.1";
    return inet_pton(AF_INET, text, expected->address) == 1;
}

static bool read_protocol(const char *name, struct expected *expected)
{
    for (size_t i = 0; i < COUNT(protocols); i++) {
        if (strcmp(protocols[i].name, name) == 0) {
            expected->protocol = i;
            return true;
        }
    }
    return false;
}

static bool read_naively(char *text, struct expected *expected)
{
    *expected = (struct expected){.family = AF_INET};
    char *protocol = strchr(text, '/');
    if (protocol != NULL) {
        *protocol = '\0';
        if (!read_protocol(protocol + 1, expected))
            return false;
    }
    char *port = strrchr(text, ':');
    if (port != NULL) {
        *port++ = '\0';
        if (!read_address(text, expected))
            return false;
        /* fe80::/10: link-local (RFC 4291), which is not whole without an interface */
        if (expected->family == AF_INET6 && expected->scope == 0 && expected->address[0] == 0xfe &&
            (expected->address[1] & 0xc0) == 0x80)
            return false;
    }
    return naive_number(port != NULL ? port : text, 65535, &expected->port) && expected->port > 0;
}

static void compare(const struct target *target, const struct expected *expected)
{
    FUZZ_CHECK(target->address.any.sa_family == expected->family);
    FUZZ_CHECK(target->port == expected->port);
    FUZZ_CHECK(
        strcmp(protocol_by_bit(target->protocol)->name, protocols[expected->protocol].name) == 0);
    FUZZ_CHECK(target->type == protocols[expected->protocol].type);
    FUZZ_CHECK(target->number == protocols[expected->protocol].number);
    const struct sockaddr_in6 *ipv6 = &target->address.ipv6;
    const struct sockaddr_in *ipv4 = &target->address.ipv4;
    FUZZ_CHECK(ntohs(ipv4->sin_port) == expected->port);
    if (expected->family == AF_INET) {
        FUZZ_CHECK(target->length == sizeof *ipv4);
        FUZZ_CHECK(memcmp(&ipv4->sin_addr, expected->address, 4) == 0);
    } else {
        FUZZ_CHECK(target->length == sizeof *ipv6);
        FUZZ_CHECK(memcmp(&ipv6->sin6_addr, expected->address, 16) == 0);
        FUZZ_CHECK(ipv6->sin6_scope_id == expected->scope);
        FUZZ_CHECK(ipv6->sin6_flowinfo == 0);
    }
}

static int run(const uint8_t *data, size_t size)
{
    struct target target;
    struct expected expected;
    char error[REASON_MAX] = "";
    if (memchr(data, '\0', size) != NULL)
        return FUZZ_REJECTED; /* no argument can hold it */
    char *text = calloc(1, size + 1), *copy = calloc(1, size + 1);
    memcpy(text, data, size);
    memcpy(copy, data, size);
    const bool taken = target_parse(text, &target, error);
    if (taken != read_naively(copy, &expected))
        fuzz_finding("'%s' is %s: %s", text, taken ? "taken" : "refused", error);
    free(text);
    free(copy);
    if (!taken) {
        FUZZ_CHECK(error[0] != '\0' && strnlen(error, sizeof error) < sizeof error);
        return REFUSED;
    }
    compare(&target, &expected);
    const struct ip_address ip = target_ip(&target);
    FUZZ_CHECK(ip.family == AF_INET || (ip.family == AF_INET6 && expected.family == AF_INET6));
    return expected.family == AF_INET ? IPV4 : IPV6;
}

const struct fuzz_target fuzz_target = {"target", outcomes, run, generate_target_input};
