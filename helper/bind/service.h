/* SPDX-License-Identifier: MIT */
/* What the helper does for one client: one request, one reply. */
#ifndef PRIVBIND_SERVICE_H
#define PRIVBIND_SERVICE_H

#include <stdbool.h>

#include "policy/ruling.h"
#include "protocol.h"

/* What came of one request. */
struct service_outcome {
    struct privbind_reply reply;
    char what[96];    /* "tcp 0.0.0.0:80", or "a bind" until the request has been found in order */
    bool is_in_order; /* if not, the policy has no say in this bind */
};

/*
 * Decides about one request, logs to authpriv, and binds. The process must have
 * CAP_NET_BIND_SERVICE permitted and a deadline started.
 *
 * message   what is asked, a copy that nobody else can write to
 * socket    the client's own; it stays open
 * channel   where the client waits; if it hangs up, nothing is bound. -1 if that cannot be known
 * Returns whether the socket was bound.
 */
bool service_bind(struct subject *subject, const struct privbind_request *message, int socket,
                  int channel, struct service_outcome *outcome);

/* What came of a client. */
enum service_answer {
    SERVICE_BOUND,
    SERVICE_REFUSED,
    SERVICE_NOT_ASKED, /* no request is there yet; nothing has been done */
};

/*
 * The same for a request that it receives from a SOCK_SEQPACKET socket, without waiting for one; it
 * replies there, too. Nothing that it opens stays open.
 */
enum service_answer service_answer(struct subject *subject, int channel);

/* Logs a refusal and sends it with its reason; a request that is there is thrown away. */
void service_refuse(struct subject *subject, int channel, const char *reason);

#endif
