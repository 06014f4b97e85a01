#include "caller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "file.h"
#include "protocol.h"
#include "rule.h"

#define GROUPS_MAX 65536 /* NGROUPS_MAX of the kernel */

__attribute__((noreturn)) static void send_reply(const struct caller *caller,
                                                 const struct privbind_reply *reply)
{
    /* A peer that does not read, or is gone, must neither hold nor kill us. */
    send(caller->channel, reply, sizeof *reply, MSG_DONTWAIT | MSG_NOSIGNAL);
    exit(reply->error == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

void caller_reply(const struct caller *caller, int error, const char *format, ...)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = error};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reply.reason, sizeof reply.reason, format, arguments);
    va_end(arguments);
    send_reply(caller, &reply);
}

void caller_refuse(const struct caller *caller, const char *format, ...)
{
    struct privbind_reply reply = {.version = PRIVBIND_PROTOCOL_VERSION, .error = EACCES};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reply.reason, sizeof reply.reason, format, arguments);
    va_end(arguments);
    syslog(LOG_NOTICE, "refused %s to %s: %s", caller->what, caller->who, reply.reason);
    send_reply(caller, &reply);
}

/*
 * The real ids are those of whoever executed us. An effective id may be somebody else's: that of
 * the owner of a setuid program that has the library loaded.
 */
void caller_identify(struct caller *caller, int channel)
{
    static gid_t gids[GROUPS_MAX + 1];
    unsigned long uid = getuid();

    *caller = (struct caller){.channel = channel, .what = "a bind"};
    snprintf(caller->who, sizeof caller->who, "uid %lu", uid);
    int count = getgroups(GROUPS_MAX, gids);
    if (count < 0)
        caller_refuse(caller, "cannot get the supplementary groups: %s", strerror(errno));
    gids[count] = getgid();
    caller->identity = (struct identity){
        .uid = getuid(), .gids = gids, .gid_count = (size_t)count + 1, .load = file_load_names};

    struct span name = identity_user_name(&caller->identity);
    if (name.length > 0)
        snprintf(caller->who, sizeof caller->who, "user %.*s (uid %lu)",
                 name.length < 64 ? (int)name.length : 64, name.at, uid);
}

void caller_asks(struct caller *caller, const struct request *request)
{
    char address[INET6_ADDRSTRLEN] = "?";
    const struct ip_address *ip = &request->address;
    inet_ntop(ip->family, ip->bytes, address, sizeof address);
    snprintf(caller->what, sizeof caller->what, ip->family == AF_INET ? "%s %s:%u" : "%s [%s]:%u",
             rule_protocol_name(request->protocol), address, (unsigned)request->port);
}
