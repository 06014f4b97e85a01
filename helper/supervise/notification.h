/* SPDX-License-Identifier: MIT */
/* One bind of a supervised process: from the notification to the answer. */
#ifndef PRIVBIND_NOTIFICATION_H
#define PRIVBIND_NOTIFICATION_H

#include <stdbool.h>

#include "policy/ruling.h"

/* Prepares for serving a listener. Returns false if it is none. */
bool notification_start(int listener);

/*
 * Takes one notification that is there and answers it: binds the process's own socket if the port
 * is privileged and the policy allows it; all else is left to the kernel, as if nobody supervised.
 * Says on stderr why a bind is refused (say.h).
 */
void notification_serve(int listener, struct subject *subject);

#endif
