/* What the helper does for one client: one request, one reply. */
#ifndef PRIVBIND_SERVICE_H
#define PRIVBIND_SERVICE_H

#include <stdbool.h>

#include "identity.h"

struct service {
    struct identity identity; /* whom the policy judges */
    char who[96];             /* the same in words: "user alice (uid 1001)", or "uid 1001" */
};

/* Puts the user's name, if passwd has one, and uid into words. */
void service_name_user(struct service *service);

/*
 * Receives one request from a SOCK_SEQPACKET socket, decides, logs to authpriv, binds, and replies.
 * Of the process it needs CAP_NET_BIND_SERVICE permitted. Nothing that it opens stays open.
 * Returns whether the socket was bound.
 */
bool service_answer(struct service *service, int channel);

/* Logs a refusal and sends it with its reason; a request that is there is thrown away. */
void service_refuse(const struct service *service, int channel, const char *reason);

#endif
