/* SPDX-License-Identifier: MIT */
/* Whether a message is a valid request. Pure. */
#ifndef PRIVBIND_REQUEST_H
#define PRIVBIND_REQUEST_H

#include <stdint.h>
#include <sys/socket.h>

#include "policy/address.h"
#include "protocol.h"

/* What the kernel says of a socket (socket(7)). */
struct socket_kind {
    int domain, type, protocol;
};

/* A request that has been found to be in order. */
struct request {
    int socket;                /* the caller's own */
    unsigned protocol;         /* one PROTOCOL_ bit */
    struct ip_address address; /* for the policy */
    uint16_t port;             /* host byte order */
    socklen_t length;          /* of bytes */
    union {
        struct sockaddr sockaddr;
        unsigned char bytes[PRIVBIND_ADDRESS_MAX];
    } bound; /* what bind(2) gets: the copy that was checked */
};

/*
 * Checks a message against the kind of its socket.
 * Returns NULL and sets *request (but for its socket), or returns what is wrong.
 */
const char *request_check(const struct privbind_request *message, const struct socket_kind *kind,
                          struct request *request);

#endif
