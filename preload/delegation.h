/* SPDX-License-Identifier: MIT */
/*
 * One delegated bind: the request on its way to the helper, and what came of it.
 *
 * It has memory of its own together with the stacks of the two processes that work on it, because
 * bind(2) must also work on a stack with no room (a 32 KiB thread, a minimal signal stack) and in a
 * signal handler that interrupted malloc.
 */
#ifndef PRIVBIND_DELEGATION_H
#define PRIVBIND_DELEGATION_H

#include <stdbool.h>
#include <stdint.h>

#include "environment.h"
#include "protocol.h"

#define BROKER_STACK_SIZE 8192u
#define EXEC_STACK_SIZE 4096u

struct delegation {
    /* what is asked */
    struct settings settings;
    int socket; /* the host's descriptor */
    struct privbind_request request;

    const char *asked; /* which helper: a path, or the name of a socket */

    /* what came of it; bind() looks at error only */
    int error;          /* errno for the host, 0 when the socket is bound */
    const char *failed; /* the library's own reason: what could not be done, NULL if none */
    long cause;         /* errno behind failed, or 0 */
    const char *fix;    /* what to do about it, or NULL */
    struct privbind_reply reply; /* the helper's reason, if failed is NULL */

    /* the broker's own */
    bool
        shares_descriptors; /* the broker is started with the host's table, to leave that at once */
    bool cannot_unshare;    /* the broker could not leave the table, and has done nothing else */
    uint64_t give_up_at;    /* of CLOCK_MONOTONIC, in milliseconds; 0: nobody was waited for */
    int channel[2];         /* socketpair: the broker's end, the helper's end */
    unsigned port_before;   /* the socket's local port before it was passed on, if known */
    int helper;             /* pid of privbind-helper until it has been reaped, else 0 */
    bool is_complete;       /* the broker came to its end */
    long exec_error;        /* why the helper could not be executed: an errno, or 0 */
    char line[768]; /* the diagnosis; below PIPE_BUF, so that one write never mixes with others */

    _Alignas(16) char exec_stack[EXEC_STACK_SIZE];
    _Alignas(16) char broker_stack[BROKER_STACK_SIZE];
};

/* The broker's main function, for clone(2). Returns its exit status: error, for valgrind. */
int broker_main(void *delegation);

/*
 * Records that this library, not the helper, is why the bind failed. what and fix are string
 * constants; the line has delegation->asked after what; cause is an errno value or 0.
 */
void delegation_failed(struct delegation *delegation, const char *what, long cause,
                       const char *fix);

#endif
