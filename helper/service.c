#include "service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "capability.h"
#include "file.h"
#include "format.h"
#include "log.h"
#include "policy.h"
#include "protocol.h"
#include "request.h"

/* One request on its way to its reply. */
struct exchange {
    struct service *service;
    struct request request;
    char what[96]; /* "tcp 0.0.0.0:80", or "a bind" until the request has been found in order */
    struct privbind_reply reply;
};

void service_name_user(struct service *service)
{
    unsigned long uid = service->identity.uid;
    struct span name = identity_user_name(&service->identity);
    if (name.length > 0)
        format_text(service->who, sizeof service->who, "user %.*s (uid %lu)",
                    name.length < 64 ? (int)name.length : 64, name.at, uid);
    else
        format_text(service->who, sizeof service->who, "uid %lu", uid);
}

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
    format_text_list(exchange->reply.reason, sizeof exchange->reply.reason, format, arguments);
    va_end(arguments);
    exchange->reply.error = error;
    return false;
}

static void log_refusal(const char *what, const char *who, const char *reason)
{
    log_line(LOG_NOTICE, "refused %s to %s: %s", what, who, reason);
}

void service_refuse(const struct service *service, int channel, const char *reason)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = EACCES};
    format_text(reply.reason, sizeof reply.reason, "%s", reason);
    log_refusal("a bind", service->who, reply.reason);
    /* A request that is left unread is told to the peer as a reset, before the reply. */
    char discarded;
    recv(channel, &discarded, sizeof discarded, MSG_DONTWAIT);
    send_reply(channel, &reply);
}

static void name_request(struct exchange *exchange)
{
    char address[ADDRESS_TEXT_MAX];
    const struct ip_address *ip = &exchange->request.address;
    address_text(ip, address);
    format_text(
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

/* Refuses with the line that would allow it. */
static bool refuse_without_rule(struct exchange *exchange, const char *problem)
{
    struct service *service = exchange->service;
    char id[24];
    struct span name = identity_user_name(&service->identity);
    /* The line must be right as it stands: passwd may hold names that are numbers, or worse. */
    if (!rule_is_name(name)) {
        format_text(id, sizeof id, "%lu", (unsigned long)service->identity.uid);
        name = (struct span){id, strlen(id)};
    }
    return finish(exchange, EACCES, "%s %s; add to %s: allow user %.*s %s %u", problem,
                  service->who, PRIVBIND_CONF, (int)name.length, name.at,
                  rule_protocol_name(exchange->request.protocol), (unsigned)exchange->request.port);
}

static bool read_policy(struct exchange *exchange, struct span *text)
{
    char error[FILE_ERROR_MAX];
    if (file_read_trusted(PRIVBIND_CONF, text, error))
        return true;
    if (errno == ENOENT)
        return refuse_without_rule(exchange, "there is no " PRIVBIND_CONF " that allows");
    /* There root's files look like nobody's. */
    if (capability_is_foreign())
        return finish(exchange, EACCES, "%s", capability_foreign_reason);
    return finish(exchange, EACCES, "%s %s", PRIVBIND_CONF, error);
}

static bool decide(struct exchange *exchange, struct span policy)
{
    const struct request *request = &exchange->request;
    const char *who = exchange->service->who;
    const struct policy_question question = {.who = &exchange->service->identity,
                                             .protocol = request->protocol,
                                             .address = request->address,
                                             .port = request->port};
    const struct policy_decision decision = policy_decide(policy, &question);
    switch (decision.verdict) {
    case POLICY_ALLOW:
        /* Logged before the bind, since the caller could kill us between the two. */
        if (!log_line(LOG_INFO, "allowed %s to %s by %s:%zu", exchange->what, who, PRIVBIND_CONF,
                      decision.line))
            return finish(exchange, EACCES, "the system log does not take the entry; see to it");
        finish(exchange, 0, "bound for %s by %s:%zu", who, PRIVBIND_CONF, decision.line);
        return true;
    case POLICY_DENY:
        return finish(exchange, EACCES,
                      "%s:%zu denies it to %s; put a rule that allows it above that line",
                      PRIVBIND_CONF, decision.line, who);
    case POLICY_INVALID:
        return finish(exchange, EACCES, "%s:%zu: %s", PRIVBIND_CONF, decision.line, decision.error);
    case POLICY_NO_MATCH:
        break;
    }
    return refuse_without_rule(exchange, "no rule allows");
}

static bool is_allowed(struct exchange *exchange)
{
    struct span policy;
    if (!read_policy(exchange, &policy))
        return false;
    bool allowed = decide(exchange, policy);
    file_free(policy);
    return allowed;
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
        log_refusal(exchange->what, exchange->service->who, capability_foreign_reason);
        return finish(exchange, EACCES, "%s", capability_foreign_reason);
    }
    return error == 0 || finish(exchange, error, "bind: %s%s", strerror(error), mend_for(error));
}

bool service_answer(struct service *service, int channel)
{
    struct exchange exchange = {.service = service,
                                .request.socket = -1,
                                .what = "a bind",
                                .reply.version = PRIVBIND_PROTOCOL_VERSION};

    /* Phases 3 and 4: receive exactly one request and check it; decide, and log a grant. */
    bool allowed = receive(&exchange, channel) && is_allowed(&exchange);
    if (!allowed)
        log_refusal(exchange.what, service->who, exchange.reply.reason);

    /* Phase 5: bind, with the capability effective for that one call. */
    bool bound = allowed && bind_socket(&exchange);

    /* Phase 6: reply. */
    send_reply(channel, &exchange.reply);
    if (exchange.request.socket >= 0)
        close(exchange.request.socket);
    return bound;
}
