/* SPDX-License-Identifier: MIT */
/* What "privbind --check" and "privbind --listen" are asked to bind. Pure. */
#ifndef PRIVBIND_TARGET_H
#define PRIVBIND_TARGET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/address.h"
#include "policy/format.h"

struct target {
    unsigned protocol; /* one PROTOCOL_ bit, see protocols.h */
    int type, number;  /* for socket(2) */
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address;
    socklen_t length;
    uint16_t port; /* host byte order */
};

/*
 * Reads [ADDRESS:]PORT[/PROTOCOL]; an IPv6 address stands in brackets. A missing address, or "*",
 * means 0.0.0.0; "localhost" means 127.0.0.1; a missing protocol means tcp. Returns false, and what
 * is wrong, if spec is not of that form.
 */
bool target_parse(const char *spec, struct target *target, char error[REASON_MAX]);

/* Its address as the policy sees it. */
struct ip_address target_ip(const struct target *target);

#endif
