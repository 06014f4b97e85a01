/* SPDX-License-Identifier: MIT */
/* The client's side of the protocol. */
#ifndef PRIVBIND_SEND_H
#define PRIVBIND_SEND_H

#include <stdbool.h>

#include "protocol.h"

/* Sends a message and, with it, a socket. Returns false, with errno, on failure. */
bool request_send(int channel, const struct privbind_request *message, int socket);

#endif
