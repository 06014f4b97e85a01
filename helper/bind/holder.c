/* SPDX-License-Identifier: MIT */
#include "bind/holder.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include "bind/capability.h"
#include "bind/ids.h"
#include "bind/log.h"
#include "bind/missing.h"

bool holder_become_untouchable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

struct hardening holder_harden(bool serves)
{
    struct hardening result = {0};
    const bool is_dropped = capability_drop_all_but(serves, &result.has_capability);
    /* For the message that says why it is missing. */
    result.had_no_new_privs = !result.has_capability && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    result.is_hard = is_dropped && holder_become_untouchable();
    return result;
}

const char *holder_identify(struct subject *subject, const struct hardening *hardening,
                            char reason[PRIVBIND_REASON_MAX])
{
    if (!ids_of_caller(&subject->identity))
        return "the kernel did not say which user started the helper";
    /* The caller can lower our limit on descriptors at any time (prlimit(2)); that must not make us
       bind without a log entry. */
    if (!log_open())
        return "cannot open a socket for the system log; raise ulimit -n";
    if (!hardening->is_hard)
        return "cannot give up all other privileges";
    if (hardening->has_capability)
        return NULL;
    capability_explain_missing(hardening->had_no_new_privs, reason, PRIVBIND_REASON_MAX);
    return reason;
}

bool holder_is_channel(int descriptor)
{
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
           type == SOCK_SEQPACKET;
}
