/* SPDX-License-Identifier: MIT */
/*
 * The wire protocol of privbind-helper: one request, one reply, then the helper exits.
 *
 * A client makes socketpair(AF_UNIX, SOCK_SEQPACKET), executes the helper with one end as its
 * descriptor 0, and sends on the other end one struct privbind_request together with one SCM_RIGHTS
 * control message that holds exactly one descriptor: the socket to bind. It gets one struct
 * privbind_reply, or end of file if the helper died. The client keeps its socket; the helper binds
 * that very socket, not a copy of its own. privbind-helper(8) has an example.
 *
 * Both messages have a fixed length and hold nothing but arrays of bytes and fixed-width integers
 * in the machine's byte order, so that 32-bit programs and a 64-bit helper understand each other.
 */
#ifndef PRIVBIND_PROTOCOL_H
#define PRIVBIND_PROTOCOL_H

#include <stdint.h>

#define PRIVBIND_PROTOCOL_VERSION 1u

/* The longest address that bind(2) takes: sizeof(struct sockaddr_storage). */
#define PRIVBIND_ADDRESS_MAX 128u

/* Room for the reason, its terminating NUL included. */
#define PRIVBIND_REASON_MAX 504u

struct privbind_request {
    uint32_t version;        /* PRIVBIND_PROTOCOL_VERSION */
    uint32_t address_length; /* bytes used of address, as for bind(2): 16 (IPv6: 24) to 128 */
    unsigned char address[PRIVBIND_ADDRESS_MAX]; /* a sockaddr_in or sockaddr_in6 */
};

struct privbind_reply {
    uint32_t version; /* PRIVBIND_PROTOCOL_VERSION */
    int32_t error;    /* 0: the socket is bound; else an errno value. EACCES: refused; any other
                         value comes from the helper's bind(2) */
    char reason[PRIVBIND_REASON_MAX]; /* one line of text for a person, NUL-terminated: why it
                                         failed and what fixes it, or which rule allowed it */
};

/*
 * How long each side waits, in milliseconds. A helper has to be done before its client gives up,
 * and to end before the client has told its program that nothing was bound.
 */
/* Any helper waits this long for the system log to take an entry: a grant, then maybe a refusal. */
#define PRIVBIND_WAIT_LOG 1000u
/* A helper waits this long for a request: its client may have been stopped. */
#define PRIVBIND_WAIT_REQUEST 5000u
/* The supervisor and the resident helper end a request after this time. */
#define PRIVBIND_LIFE_REQUEST 4000u
/* privbind-helper ends this long after its start. */
#define PRIVBIND_LIFE_HELPER 8000u

/* The launcher waits this long for a resident helper to start, which takes some twenty calls. */
#define PRIVBIND_WAIT_START 5000u

/* The library gives a bind this long, the end of its helper included: its manual says five
   seconds. */
#define PRIVBIND_WAIT_BIND 4900u
/* The part of that time for connecting to a resident helper when many wait for it: the rest is
   enough for the log. */
#define PRIVBIND_WAIT_CONNECT 3300u
/* The part of that time for passing the socket when the user's limit on descriptors in flight is
   reached. */
#define PRIVBIND_WAIT_SEND 500u
/* The part of that time that is kept for the end: the clock goes on while client and helper are
   stopped or frozen together, and the helper needs a moment afterwards. */
#define PRIVBIND_WAIT_GRACE 1000u

_Static_assert(PRIVBIND_WAIT_BIND - PRIVBIND_WAIT_CONNECT - PRIVBIND_WAIT_SEND > PRIVBIND_WAIT_LOG,
               "a client that was let in late is still served while the log hesitates");
_Static_assert(PRIVBIND_WAIT_BIND - PRIVBIND_WAIT_SEND >
                   2 * PRIVBIND_WAIT_LOG + PRIVBIND_WAIT_GRACE,
               "a helper that waits for the log is done before its client gives up");
_Static_assert(PRIVBIND_LIFE_REQUEST > 2 * PRIVBIND_WAIT_LOG, "the log does not end a helper");
_Static_assert(PRIVBIND_LIFE_HELPER > PRIVBIND_WAIT_REQUEST + 2 * PRIVBIND_WAIT_LOG,
               "a late request does not end a helper");

_Static_assert(sizeof(struct privbind_request) == 136, "the request has no padding");
_Static_assert(sizeof(struct privbind_reply) == 512, "the reply has no padding");

#endif
