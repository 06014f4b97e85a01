/* What the helper does for one client: one request, one reply. */
#ifndef PRIVBIND_SERVICE_H
#define PRIVBIND_SERVICE_H

#include <stdbool.h>

#include "ruling.h"

/*
 * Receives one request from a SOCK_SEQPACKET socket, decides, logs to authpriv, binds, and replies.
 * Of the process it needs CAP_NET_BIND_SERVICE permitted. Nothing that it opens stays open.
 * Returns whether the socket was bound.
 */
bool service_answer(struct subject *subject, int channel);

/* Logs a refusal and sends it with its reason; a request that is there is thrown away. */
void service_refuse(const struct subject *subject, int channel, const char *reason);

#endif
