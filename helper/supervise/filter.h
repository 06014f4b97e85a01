/* SPDX-License-Identifier: MIT */
/* The seccomp filter of a supervised command: it has one question, "is it bind?". */
#ifndef PRIVBIND_FILTER_H
#define PRIVBIND_FILTER_H

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "machine/numbers.h"

/*
 * A signal must not take back a call that the supervisor has begun to serve (the second flag, since
 * Linux 5.19): Go sends itself signals all the time, and the second try would find the socket
 * bound.
 */
#define FILTER_FLAGS (SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)

/* What a notification is about: arguments as they stand in registers. */
struct filter_call {
    int socket;
    uint64_t address; /* in the caller's memory */
    uint32_t length;
    bool is_in_memory; /* socketcall(2): the arguments are an array of 32-bit words at address */
};

/*
 * Sets no_new_privs and installs the filter in this process, for good and for all its children.
 * Returns the listener, close-on-exec, or a negated errno.
 */
int filter_install(void);

/*
 * A bind that no program makes. The kernel answers EBADF; a supervisor of privbind answers that it
 * is there. So a launcher below such a supervisor knows, and no other one (a container's) is taken
 * for it.
 */
#define FILTER_PROBE_SOCKET (-1)
#define FILTER_PROBE_LENGTH UINT32_C(0x70726976)
#define FILTER_PROBE_ANSWER EALREADY

/* Whether this process is supervised by privbind. */
bool filter_is_served(void);

/* Reads a notification's system call, of any kind that the filter reports. */
struct filter_call filter_decode(const struct seccomp_data *data);

#endif
