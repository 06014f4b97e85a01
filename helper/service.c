#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capability.h"
#include "log.h"
#include "protocol.h"
#include "request.h"

/* One request on its way to its reply. */
struct exchange {
    struct subject *subject;
    struct request request;
    char what[96]; /* "tcp 0.0.0.0:80", or "a bind" until the request has been found in order */
    struct privbind_reply reply;
};

static void send_reply(int channel, const struct privbind_reply *reply)
{
    /* A peer that does not read, or is gone, must neither hold nor kill us. */
    send(channel, reply, sizeof *reply, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sets the reply. Returns false, as every step below that ends the exchange does. */
__attribute__((format(printf, 3, 4))) static bool finish(struct exchange *exchange, int error,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(exchange->reply.reason, sizeof exchange->reply.reason, format, arguments);
    va_end(arguments);
    exchange->reply.error = error;
    return false;
}

static void log_refusal(const char *what, const char *who, const char *reason)
{
    log_line(LOG_NOTICE, "refused %s to %s: %s", what, who, reason);
}

void service_refuse(const struct subject *subject, int channel, const char *reason)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = EACCES};
    snprintf(reply.reason, sizeof reply.reason, "%s", reason);
    log_refusal("a bind", subject->who, reply.reason);
    /* A request that is left unread is told to the peer as a reset, before the reply. */
    char discarded;
    recv(channel, &discarded, sizeof discarded, MSG_DONTWAIT);
    send_reply(channel, &reply);
}

static void name_request(struct exchange *exchange)
{
    char address[INET6_ADDRSTRLEN] = "?";
    const struct ip_address *ip = &exchange->request.address;
    inet_ntop(ip->family, ip->bytes, address, sizeof address);
    snprintf(
        exchange->what, sizeof exchange->what, ip->family == AF_INET ? "%s %s:%u" : "%s [%s]:%u",
        rule_protocol_name(exchange->request.protocol), address, (unsigned)exchange->request.port);
}

static bool receive(struct exchange *exchange, int channel)
{
    struct privbind_request message = {0};
    struct socket_kind kind;
    int socket;

    const char *wrong = request_receive(channel, &message, &socket);
    exchange->request.socket = socket;
    if (wrong == NULL && !request_socket_kind(socket, &kind))
        wrong = "the descriptor is not a socket";
    if (wrong == NULL)
        wrong = request_check(&message, &kind, &exchange->request);
    if (wrong != NULL)
        return finish(exchange, EACCES, "%s", wrong);
    name_request(exchange);
    return true;
}

/* Logs a grant before the bind, since the caller could kill us between the two. */
static bool is_allowed(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const struct policy_question question = {
        .protocol = request->protocol, .address = request->address, .port = request->port};
    const char *who = exchange->subject->who;
    char ruling[RULING_TEXT_MAX];
    if (!ruling_allows(exchange->subject, &question, ruling))
        return finish(exchange, EACCES, "%s", ruling);
    if (!log_line(LOG_INFO, "allowed %s to %s by %s", exchange->what, who, ruling))
        return finish(exchange, EACCES, "the system log does not take the entry; see to it");
    finish(exchange, 0, "bound for %s by %s", who, ruling);
    return true;
}

static const char *mend_for(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "; to see who has it, as root: ss -anp, and look for that port";
    case EADDRNOTAVAIL:
        return "; no interface here has that address, see: ip address";
    case EINVAL:
        return "; is the socket bound already?";
    default:
        return "";
    }
}

/* The address is the copy that was checked, the socket the caller's own. */
static bool bind_socket(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    if (!capability_set_effective(true))
        return finish(exchange, EACCES, "helper cannot raise CAP_NET_BIND_SERVICE: %s",
                      strerror(errno));
    int error = bind(request->socket, &request->bound.sockaddr, request->length) == 0 ? 0 : errno;
    if (!capability_set_effective(false))
        abort();

    if (error == EACCES) {
        log_refusal(exchange->what, exchange->subject->who, capability_foreign_reason);
        return finish(exchange, EACCES, "%s", capability_foreign_reason);
    }
    return error == 0 || finish(exchange, error, "bind: %s%s", strerror(error), mend_for(error));
}

bool service_answer(struct subject *subject, int channel)
{
    struct exchange exchange = {.subject = subject,
                                .request.socket = -1,
                                .what = "a bind",
                                .reply.version = PRIVBIND_PROTOCOL_VERSION};

    /* Phases 3 and 4: receive exactly one request and check it; decide, and log a grant. */
    bool allowed = receive(&exchange, channel) && is_allowed(&exchange);
    if (!allowed)
        log_refusal(exchange.what, subject->who, exchange.reply.reason);

    /* Phase 5: bind, with the capability effective for that one call. */
    bool bound = allowed && bind_socket(&exchange);

    /* Phase 6: reply. */
    send_reply(channel, &exchange.reply);
    if (exchange.request.socket >= 0)
        close(exchange.request.socket);
    return bound;
}
