/* SPDX-License-Identifier: MIT */
/* Asking the helper by hand, as a hostile caller does. */
#ifndef PRIVBIND_SYSTEM_ASK_H
#define PRIVBIND_SYSTEM_ASK_H

#include "system.h"

#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "protocol.h"

struct message {
    struct privbind_request request;
    size_t length; /* of what is sent; 0: the whole request */
    int sockets[256];
    size_t count;
};

/*
 * Executes the helper as the target with channel, which is closed here, as its descriptor 0.
 * descriptors (may be NULL) is its RLIMIT_NOFILE.
 */
pid_t exec_helper(int channel, const struct rlimit *descriptors);

/* Starts the helper as the target with one end of a socketpair; returns the other. */
int start_limited_helper(int type, const struct rlimit *descriptors, pid_t *pid);
int start_helper(int type, pid_t *pid);

void send_message(int channel, const struct message *message);

/* Asks a new helper; the reply is static. */
const struct privbind_reply *ask(const struct message *message);

/* Asks, and asserts that the helper refuses and says so. */
void assert_refused(const struct message *message, const char *reason);

/* A good request for 0.0.0.0:80 with a socket, and such a socket. */
struct message ask_for_80(int socket);
int tcp(void);

#endif
