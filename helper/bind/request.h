/* The request: receiving it from a hostile peer, and whether it is one at all. */
#ifndef PRIVBIND_REQUEST_H
#define PRIVBIND_REQUEST_H

#include <stdbool.h>
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
 * Receives one message from a SOCK_SEQPACKET descriptor and takes the socket out of it. Does not
 * wait for one.
 * Returns NULL and sets *message and *socket, which the caller owns; or returns what is wrong, with
 * *socket -1 and whatever came with the message closed.
 */
const char *request_receive(int channel, struct privbind_request *message, int *socket);

/*
 * Whether a connection's peer has that uid: at its connect(2), or for a client at the listen(2) of
 * the other side (unix(7), SO_PEERCRED). Names of sockets are for everybody to see and take.
 */
bool request_is_from(int connection, uid_t uid);

/* The other side: sends a message and, with it, a socket. Returns false, with errno, on failure. */
bool request_send(int channel, const struct privbind_request *message, int socket);

/*
 * Checks a message against the kind of its socket. Pure.
 * Returns NULL and sets *request (but for its socket), or returns what is wrong.
 */
const char *request_check(const struct privbind_request *message, const struct socket_kind *kind,
                          struct request *request);

/* Asks the kernel what a descriptor is. Returns false if it is not a socket. */
bool request_socket_kind(int socket, struct socket_kind *kind);

#endif
