/* SPDX-License-Identifier: MIT */
#include "bind/service.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/deadline.h"
#include "bind/log.h"
#include "bind/network.h"
#include "bind/port.h"
#include "bind/receive.h"
#include "bind/request.h"
#include "policy/address.h"
#include "policy/format.h"
#include "protocol.h"

#define DECISIONS_MAX 50 /* for one request, if somebody stops this process again and again */

/* One request on its way to its outcome. */
struct exchange {
    struct subject *subject;
    struct request request;
    int channel; /* where the client waits, or -1 */
    struct service_outcome *outcome;
};

static void send_reply(int channel, const struct privbind_reply *reply)
{
    /* A peer that does not read, or is gone (SIGPIPE), must neither hold nor kill us. */
    send(channel, reply, sizeof *reply, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sets the reply's text. Returns false, as every step below that ends the exchange does. */
__attribute__((format(printf, 2, 3))) static bool say(struct exchange *exchange, const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct privbind_reply *reply = &exchange->outcome->reply;
    format_text_list(reply->reason, sizeof reply->reason, format, arguments);
    va_end(arguments);
    format_clean(reply->reason);
    return false;
}

static void log_refusal(struct subject *subject, const char *what, const char *reason)
{
    ruling_name_subject(subject, true);
    log_line(LOG_NOTICE, "refused %s to %s: %s", what, subject->who, reason);
}

void service_refuse(struct subject *subject, int channel, const char *reason)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = EACCES};
    format_text(reply.reason, sizeof reply.reason, "%s", reason);
    log_refusal(subject, "a bind", reply.reason);
    /* If a request is left unread, the peer gets a reset, before the reply. */
    char discarded;
    recv(channel, &discarded, sizeof discarded, MSG_DONTWAIT);
    send_reply(channel, &reply);
}

static void name_request(struct exchange *exchange)
{
    char address[ADDRESS_TEXT_MAX];
    const struct ip_address *ip = &exchange->request.address;
    address_text(ip, address);
    format_text(exchange->outcome->what, sizeof exchange->outcome->what,
                ip->family == AF_INET ? "%s %s:%u" : "%s [%s]:%u",
                protocol_by_bit(exchange->request.protocol)->name, address,
                (unsigned)exchange->request.port);
}

static bool is_in_order(struct exchange *exchange, const struct privbind_request *message)
{
    struct socket_kind kind;
    const char *wrong = request_socket_kind(exchange->request.socket, &kind)
                            ? request_check(message, &kind, &exchange->request)
                            : "the descriptor is not a socket";
    if (wrong != NULL)
        return say(exchange, "%s", wrong);
    name_request(exchange);
    /* In a container that shares the host's user namespace, our capability counts for the host's
       network, too. A caller with a friend there must not get the friend's socket bound by this
       container's policy. (A supervisor has looked before, and leaves such a socket to the
       kernel.) */
    return exchange->channel < 0 || network_is_own(exchange->request.socket) ||
           say(exchange, "the socket is from another network namespace; bind it there");
}

/*
 * Whether the port needs privilege. If not, the bind was refused not by the kernel's rule about
 * ports, which is all that we may override, but by a sandbox (Landlock, a seccomp filter, a
 * security module). A helper that the caller executed is inside that sandbox itself. A supervisor
 * or resident helper is not, and must not bind around it.
 */
static bool needs_privilege(const struct exchange *exchange)
{
    return exchange->request.port < port_first_unprivileged();
}

static const char needs_none[] = "this port needs no privilege; a sandbox forbids the bind";

/* Logs a grant before the bind, since the caller could kill us between the two. */
static bool is_allowed(struct exchange *exchange, char ruling[REASON_MAX])
{
    const struct request *request = &exchange->request;
    const struct policy_question question = {
        .protocol = request->protocol, .address = request->address, .port = request->port};
    if (exchange->subject->may_be_sandboxed && !needs_privilege(exchange))
        return say(exchange, "%s", needs_none);
    if (!ruling_allows(exchange->subject, &question, ruling))
        return say(exchange, "%s", needs_privilege(exchange) ? ruling : needs_none);
    ruling_name_subject(exchange->subject, false);
    return log_line(LOG_INFO, "granted %s to %s by %s", exchange->outcome->what,
                    exchange->subject->who, ruling) ||
           say(exchange, "the system log does not accept the entry; check the log daemon");
}

static bool lacks_interface(const struct request *request)
{
    struct sockaddr_in6 address;
    memcpy(&address, request->bound.bytes, sizeof address);
    return address.sin6_family == AF_INET6 && address.sin6_scope_id == 0 &&
           IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr);
}

static const char *fix_for(int error, const struct request *request)
{
    switch (error) {
    case EADDRINUSE:
        return "; to see who has it, as root: ss -anp, and look for that port";
    case EADDRNOTAVAIL:
        return "; no interface here has that address, see: ip address";
    case EINVAL:
        return lacks_interface(request)
                   ? "; a link-local address needs an interface, as in fe80::1%eth0"
                   : "; is the socket bound already?";
    default:
        return "";
    }
}

/*
 * A client that gave up, for example because the system log was slow, has told its program that the
 * bind failed. And the command of a resident helper may have ended, long ago if somebody stopped
 * this process. In either case nothing may be bound, nor if poll(2) cannot say (no memory).
 */
static bool has_hung_up(const struct exchange *exchange)
{
    const struct subject *subject = exchange->subject;
    struct pollfd ends[] = {{.fd = exchange->channel},
                            {.fd = subject->has_end ? subject->end : -1, .events = POLLIN}};
    int count;
    do
        count = exchange->channel < 0 ? 0 : poll(ends, 2, 0);
    while (count < 0 && errno == EINTR);
    return count != 0;
}

/*
 * Binds with the capability effective for that one call. The address is the copy that was checked,
 * the socket the caller's own. Returns false, and says why, if the call must not be made or lacked
 * the capability; else sets *error to the errno of bind(2), or to 0.
 */
static bool try_bind(struct exchange *exchange, int *error)
{
    const struct request *request = &exchange->request;
    if (has_hung_up(exchange))
        return say(exchange, "the client was gone before the bind");
    const bool is_raised = capability_set_effective(true);
    const int why_not = errno;
    *error = EACCES;
    if (is_raised && !deadline_was_stopped() && !deadline_is_over())
        *error = bind(request->socket, &request->bound.sockaddr, request->length) == 0 ? 0 : errno;
    /* A process that held it effective for longer would be a prize for an attacker. Not abort(3):
       libc's fork(2) did not make the resident helper, so libc would signal the wrong process. */
    if (!capability_set_effective(false))
        _exit(EXIT_FAILURE);
    if (*error == EACCES && (deadline_was_stopped() || deadline_is_over()))
        return say(exchange, "the helper was stopped before it could bind; try again");
    return is_raised ||
           say(exchange, "helper cannot raise CAP_NET_BIND_SERVICE: %s", strerror(why_not));
}

static bool bind_socket(struct exchange *exchange, const char *ruling)
{
    int error = EACCES;
    if (!try_bind(exchange, &error))
        return false;
    exchange->outcome->reply.error = error;
    if (error == EACCES)
        return say(exchange, "%s", needs_privilege(exchange) ? ruling_foreign_reason : needs_none);
    if (error != 0)
        return say(exchange, "bind: %s%s", strerror(error), fix_for(error, &exchange->request));
    say(exchange, "bound for %s by %s", exchange->subject->who, ruling);
    return true;
}

bool service_bind(struct subject *subject, const struct privbind_request *message, int socket,
                  int channel, struct service_outcome *outcome)
{
    char ruling[REASON_MAX];
    struct exchange exchange = {
        .subject = subject, .request.socket = socket, .channel = channel, .outcome = outcome};
    *outcome = (struct service_outcome){
        .reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = EACCES}, .what = "a bind"};

    /* Phase 4: check, decide, and log a grant. Phase 5: bind. */
    outcome->is_in_order = is_in_order(&exchange, message);
    bool is_bound = false, goes_on = outcome->is_in_order;
    for (int i = 0; goes_on && i < DECISIONS_MAX; i++) {
        deadline_decide();
        is_bound = is_allowed(&exchange, ruling) && bind_socket(&exchange, ruling);
        goes_on = outcome->reply.error == EACCES && deadline_was_stopped() && !deadline_is_over();
    }
    /* A supervisor is told of each bind, and leaves one that is not in order to the kernel. */
    if (outcome->reply.error == EACCES && (outcome->is_in_order || channel >= 0))
        log_refusal(subject, outcome->what, outcome->reply.reason);
    return is_bound;
}

enum service_answer service_answer(struct subject *subject, int channel)
{
    struct privbind_request message = {0};
    struct service_outcome outcome;
    int socket;

    /* Phase 3: receive exactly one request. */
    const char *wrong = request_receive(channel, &message, &socket);
    if (wrong == request_is_missing)
        return SERVICE_NOT_ASKED;
    if (wrong != NULL) {
        service_refuse(subject, channel, wrong);
        return SERVICE_REFUSED;
    }
    bool bound = service_bind(subject, &message, socket, channel, &outcome);

    /* Phase 6: reply. The client may close its socket at once then, and bind the port again. */
    close(socket);
    send_reply(channel, &outcome.reply);
    return bound ? SERVICE_BOUND : SERVICE_REFUSED;
}
