/* SPDX-License-Identifier: MIT */
/*
 * privbind-helper: binds one socket to a privileged port for the process that executed it.
 *
 * It holds CAP_NET_BIND_SERVICE from its file (=p: permitted, not effective) and assumes that its
 * caller is hostile. The caller controls arguments, environment, every descriptor, limits, signal
 * mask and dispositions, working directory, time of death, and the message. It does not control the
 * helper's file, the policy, passwd or group.
 *
 * One request, one reply, exit. Every refusal is a reply with EACCES and a reason.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "bind/deadline.h"
#include "bind/descriptors.h"
#include "bind/holder.h"
#include "bind/service.h"
#include "policy/format.h"

#define CHANNEL STDIN_FILENO

/* A caller that never writes, or stops and continues us again and again, cannot keep us beyond
   PRIVBIND_LIFE_HELPER. */
static bool request_arrives(void)
{
    struct pollfd channel = {.fd = CHANNEL, .events = POLLIN};
    int count;
    do
        count = poll(&channel, 1, PRIVBIND_WAIT_REQUEST);
    while (count < 0 && errno == EINTR);
    return count == 1;
}

/* For a person; the capability has been given up. */
static int say_what_this_is(void)
{
    format_write(STDERR_FILENO,
                 "privbind-helper " PRIVBIND_VERSION ": libprivbind.so starts this program, which "
                 "binds one privileged port for it; there is nothing to do by hand, see "
                 "privbind-helper(8)\n");
    return 2;
}

int main(int argc, char *argv[])
{
    static struct subject subject;
    char reason[PRIVBIND_REASON_MAX];
    (void)argv;

    /* Phase 1: harden. Nothing inherited is of use but the channel; what is open as 1 or 2 is not
       ours to write to. */
    const bool serves = argc < 2 && holder_is_channel(CHANNEL);
    const struct hardening hardening = holder_harden(serves);
    if (!serves)
        return hardening.is_hard ? say_what_this_is() : EXIT_FAILURE;
    /* The handler first: process 1 of a PID namespace gets no signal that it has no handler for. */
    deadline_install(DEADLINE_ENDS_PROCESS);
    deadline_start(PRIVBIND_LIFE_HELPER);
    process_close_from(CHANNEL + 1);

    /* Phase 2: find out who executed us. */
    const char *failed = holder_identify(&subject, &hardening, reason);

    /* Phases 3 to 6: receive and check, decide and log, bind, reply. */
    if (failed != NULL) {
        if (request_arrives())
            service_refuse(&subject, CHANNEL, failed);
        return EXIT_FAILURE;
    }
    enum service_answer answer;
    do /* the library sent the request before it started us */
        answer = service_answer(&subject, CHANNEL);
    while (answer == SERVICE_NOT_ASKED && request_arrives());
    return answer == SERVICE_BOUND ? EXIT_SUCCESS : EXIT_FAILURE;
}
