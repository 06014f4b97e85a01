/*
 * privbind-helper: binds one socket to a privileged port for the process that executed it.
 *
 * It holds CAP_NET_BIND_SERVICE from its file (=p: permitted, not effective) and assumes that its
 * caller is hostile. The caller controls arguments, environment, every descriptor, limits, signal
 * mask and dispositions, working directory, time of death, and the message. It does not control
 * this file, the policy, passwd and group.
 *
 * One request, one reply, exit. Every refusal is a reply with EACCES and a reason.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "caller.h"
#include "capability.h"
#include "command_line.h"
#include "file.h"
#include "policy.h"
#include "request.h"

#define CHANNEL STDIN_FILENO
#define LIFE_SECONDS 5        /* a caller that never writes keeps us no longer */
#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */

static bool channel_is_open(void)
{
    struct socket_kind kind;
    return request_socket_kind(CHANNEL, &kind) && kind.domain == AF_UNIX &&
           kind.type == SOCK_SEQPACKET;
}

/* Nothing inherited is of use but the channel; what is open as 1 or 2 is not ours to write to. */
static void close_all_but_channel(void)
{
    if (syscall(SYS_close_range, CHANNEL + 1, ~0u, 0) == 0)
        return;
    for (int descriptor = CHANNEL + 1; descriptor < DESCRIPTORS_MAX; descriptor++)
        close(descriptor);
}

/*
 * A signal that the caller sends, or left pending, must not stop a bind half way. Only our own
 * alarm may, whose disposition and mask could have been inherited as ignored and blocked.
 */
static void limit_life(void)
{
    sigset_t all_but_alarm;
    sigfillset(&all_but_alarm);
    sigdelset(&all_but_alarm, SIGALRM);
    alarm(LIFE_SECONDS);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &all_but_alarm, NULL);
}

/* Against ptrace(2), /proc/PID/mem and core dumps, which other processes of the caller may try. */
static bool become_untouchable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static struct request receive(const struct caller *caller)
{
    struct privbind_request message = {0};
    struct socket_kind kind;
    struct request request = {.socket = -1};
    int socket;

    const char *wrong = request_receive(CHANNEL, &message, &socket);
    if (wrong == NULL && !request_socket_kind(socket, &kind))
        wrong = "the descriptor is not a socket";
    if (wrong == NULL)
        wrong = request_check(&message, &kind, &request);
    if (wrong != NULL)
        caller_refuse(caller, "%s", wrong);
    request.socket = socket;
    return request;
}

/* Refuses with the line that would allow it. */
__attribute__((noreturn)) static void
refuse_without_rule(struct caller *caller, const struct request *request, const char *problem)
{
    char id[24];
    struct span name = identity_user_name(&caller->identity);
    if (name.length == 0) {
        snprintf(id, sizeof id, "%lu", (unsigned long)caller->identity.uid);
        name = (struct span){id, strlen(id)};
    }
    caller_refuse(caller, "%s %s; add to %s: allow user %.*s %s %u", problem, caller->who,
                  PRIVBIND_CONF, (int)name.length, name.at, rule_protocol_name(request->protocol),
                  (unsigned)request->port);
}

/* Returns the number of the line that allows the request, or refuses it. */
static size_t decide(struct caller *caller, const struct request *request)
{
    char error[FILE_ERROR_MAX];
    struct span text;
    const struct policy_question question = {.who = &caller->identity,
                                             .protocol = request->protocol,
                                             .address = request->address,
                                             .port = request->port};

    if (!file_read_trusted(PRIVBIND_CONF, &text, error)) {
        if (errno == ENOENT)
            refuse_without_rule(caller, request, "there is no " PRIVBIND_CONF " that allows");
        /* There root's files look like nobody's. */
        if (capability_is_foreign())
            caller_refuse(caller, "%s", capability_foreign_reason);
        caller_refuse(caller, "%s %s", PRIVBIND_CONF, error);
    }
    const struct policy_decision decision = policy_decide(text, &question);
    switch (decision.verdict) {
    case POLICY_ALLOW:
        return decision.line;
    case POLICY_DENY:
        caller_refuse(caller, "%s:%zu denies it to %s; put a rule that allows it above that line",
                      PRIVBIND_CONF, decision.line, caller->who);
    case POLICY_INVALID:
        caller_refuse(caller, "%s:%zu: %s", PRIVBIND_CONF, decision.line, decision.error);
    case POLICY_NO_MATCH:
        break;
    }
    refuse_without_rule(caller, request, "no rule allows");
}

static const char *mend_for(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "; to see who has it, as root: ss -anp | grep -w LISTEN";
    case EADDRNOTAVAIL:
        return "; no interface here has that address, see: ip address";
    case EINVAL:
        return "; is the socket bound already?";
    default:
        return "";
    }
}

/* The address is the copy that was checked, the socket the caller's own. */
__attribute__((noreturn)) static void bind_and_reply(const struct caller *caller,
                                                     const struct request *request, size_t line)
{
    if (!capability_set_effective(true))
        caller_refuse(caller, "helper cannot raise CAP_NET_BIND_SERVICE: %s", strerror(errno));
    int error = bind(request->socket, &request->bound.sockaddr, request->length) == 0 ? 0 : errno;
    capability_set_effective(false);

    if (error == 0)
        caller_reply(caller, 0, "bound for %s by %s:%zu", caller->who, PRIVBIND_CONF, line);
    if (error != EACCES)
        caller_reply(caller, error, "bind: %s%s", strerror(error), mend_for(error));
    caller_reply(caller, EACCES, "%s", capability_foreign_reason);
}

int main(int argc, char *argv[])
{
    struct caller caller;
    char reason[PRIVBIND_REASON_MAX];
    bool has_capability;

    /* Phase 1: harden. Give up all privileges but the one, before anything is read. */
    const bool had_no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    const bool serves = argc < 2 && channel_is_open();
    const bool is_hard = capability_drop_all_but(serves, &has_capability) && become_untouchable();
    if (!serves)
        return !is_hard ? EXIT_FAILURE : argc < 2 ? command_line_usage() : command_line(argc, argv);
    clearenv(); /* libc reads TZ and others when it logs */
    close_all_but_channel();
    limit_life();
    /* Connected now, so that no limit on descriptors lets a bind succeed without a log entry. */
    openlog("privbind-helper", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
    caller_identify(&caller, CHANNEL);
    if (!is_hard)
        caller_refuse(&caller, "helper cannot give up its other privileges");
    if (!has_capability) {
        capability_explain_missing(had_no_new_privs, reason, sizeof reason);
        caller_refuse(&caller, "%s", reason);
    }

    /* Phases 2 and 3: receive exactly one request, and see whether it is in order. */
    const struct request request = receive(&caller);
    caller_asks(&caller, &request);

    /* Phase 4: decide. */
    const size_t line = decide(&caller, &request);

    /* Phase 5: log. Before the bind, since the caller could kill us between the two. */
    syslog(LOG_INFO, "allowed %s to %s by %s:%zu", caller.what, caller.who, PRIVBIND_CONF, line);

    /* Phase 6: bind, with the capability effective for that one call, and reply. */
    bind_and_reply(&caller, &request, line);
}
