/* SPDX-License-Identifier: MIT */
/* Receiving a request from a hostile peer. */
#ifndef PRIVBIND_RECEIVE_H
#define PRIVBIND_RECEIVE_H

#include <stdbool.h>

#include "bind/request.h"
#include "protocol.h"

/* What request_receive() returns if no message is there yet. */
extern const char request_is_missing[];

/*
 * Receives one message from a SOCK_SEQPACKET descriptor and takes the socket out of it. Does not
 * wait for one.
 * Returns NULL and sets *message and *socket, which the caller owns; or returns what is wrong, with
 * *socket -1 and whatever came with the message closed.
 */
const char *request_receive(int channel, struct privbind_request *message, int *socket);

/* Asks the kernel what a descriptor is. Returns false if it is not a socket. */
bool request_socket_kind(int socket, struct socket_kind *kind);

#endif
