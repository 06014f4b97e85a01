/* Whom the helper serves, and how it tells them, and the system log, what came of it. */
#ifndef PRIVBIND_CALLER_H
#define PRIVBIND_CALLER_H

#include "identity.h"
#include "request.h"

struct caller {
    int channel; /* the SOCK_SEQPACKET socket that the request comes from */
    struct identity identity;
    char who[96];  /* "user alice (uid 1001)", or "uid 1001" where passwd has no name */
    char what[96]; /* "tcp 0.0.0.0:80", or "a bind" until a request has been found in order */
};

/* Finds out who executed this process: its real uid and groups. Exits if that is impossible. */
void caller_identify(struct caller *caller, int channel);

/* Notes what is asked, for messages. */
void caller_asks(struct caller *caller, const struct request *request);

/* Logs a refusal to authpriv, replies EACCES with the same reason, and exits with status 1. */
__attribute__((format(printf, 2, 3), noreturn)) void caller_refuse(const struct caller *caller,
                                                                   const char *format, ...);

/* Sends the reply: error is an errno, or 0 for bound. Then exits with status 1 or 0. */
__attribute__((format(printf, 3, 4), noreturn)) void
caller_reply(const struct caller *caller, int error, const char *format, ...);

#endif
