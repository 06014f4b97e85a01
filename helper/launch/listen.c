/* SPDX-License-Identifier: MIT */
#include "launch/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/ask.h"
#include "launch/message.h"
#include "launch/target.h"
#include "policy/protocols.h"
#include "policy/span.h"

#define FIRST 3 /* SD_LISTEN_FDS_START */
#define NAME_MAX_LENGTH 255
#define NAMELESS "unknown" /* as sd_listen_fds_with_names(3) */

struct wish {
    const char *spec;
    struct target target;
    bool is_everywhere; /* no address is given */
    const char *name;
};

/* What LISTEN_FDNAMES can hold: printable, and no colon. */
static bool is_name(const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == ':')
            return false;
    }
    return length > 0 && length <= NAME_MAX_LENGTH;
}

static bool parse(const char *spec, struct wish *wish, char error[REASON_MAX])
{
    char text[256];
    struct span name = {spec, strlen(spec)};
    const struct span what = span_cut(&name, '=');
    const char *colon = memrchr(what.at, ':', what.length);
    const size_t address = colon == NULL ? 0 : (size_t)(colon - what.at);

    *wish = (struct wish){.spec = spec, .name = NAMELESS};
    wish->is_everywhere = address == 0 || span_is((struct span){what.at, address}, "*");
    const size_t skipped = wish->is_everywhere && colon != NULL ? address + 1 : 0;
    if (what.length >= sizeof text - sizeof "[::]:")
        return reason_set(error, "too long");
    snprintf(text, sizeof text, "%s%.*s", wish->is_everywhere ? "[::]:" : "",
             (int)(what.length - skipped), what.at + skipped);
    if (spec[what.length] == '=')
        wish->name = spec + what.length + 1;
    if (!is_name(wish->name))
        return reason_set(error,
                          "the name after = must have 1 to %d printable characters and no colon",
                          NAME_MAX_LENGTH);
    return target_parse(text, &wish->target, error);
}

static void turn_to_ipv4(struct target *target)
{
    memset(&target->address, 0, sizeof target->address);
    target->address.ipv4.sin_family = AF_INET;
    target->address.ipv4.sin_port = htons(target->port);
    target->length = sizeof target->address.ipv4;
}

/* As the library does. */
static int ask(const struct wish *wish, int fd, struct privbind_reply *reply)
{
    const char *helper = getenv("PRIVBIND_SOCKET");
    enum ask_answer answer = HELPER_GONE;
    if (helper != NULL && helper[0] == '@')
        answer = ask_helper(helper, fd, &wish->target, reply);
    if (answer == HELPER_GONE) {
        helper = getenv("PRIVBIND_HELPER");
        if (helper == NULL || helper[0] == '\0')
            helper = PRIVBIND_HELPER_PATH;
        answer = ask_helper(helper, fd, &wish->target, reply);
    }
    if (answer == HELPER_SILENT)
        reason_set(reply->reason, "no answer from %s; to see why: privbind --check %u", helper,
                   wish->target.port);
    return reply->error;
}

/* Returns an errno; reply says why, for a person. */
static int bind_and_listen(const struct wish *wish, int fd, struct privbind_reply *reply)
{
    const struct target *target = &wish->target;
    const int on = 1, off = 0;
    /* Two sockets would each get some of the datagrams. */
    if (target->type != SOCK_DGRAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (wish->is_everywhere && target->address.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    reason_set(reply->reason, "the kernel allows it without privbind");
    /* Not libc's bind(2), which is the library's if this program is linked dynamically. */
    int error = syscall(SYS_bind, fd, &target->address.any, target->length) == 0 ? 0 : errno;
    if (error == EACCES)
        error = ask(wish, fd, reply);
    else if (error != 0)
        reason_set(reply->reason, "%s; to see why: privbind --check %u/%s", strerror(error),
                   target->port, protocol_by_bit(target->protocol)->name);
    if (error == 0 && target->type != SOCK_DGRAM && listen(fd, INT_MAX) != 0) {
        error = errno;
        reason_set(reply->reason, "cannot listen: %s", strerror(error));
    }
    return error;
}

/* Returns a socket, or -1 with what failed on stderr. */
static int open_socket(struct wish *wish)
{
    for (;;) {
        struct target *target = &wish->target;
        struct privbind_reply reply = {.error = 0};
        const int family = target->address.any.sa_family;
        const int fd = socket(family, target->type | SOCK_CLOEXEC, target->number);
        int error = errno;
        reason_set(reply.reason, "cannot make the socket: %s%s", strerror(error),
                   error == EMFILE ? "; raise ulimit -n" : "");
        if (fd >= 0)
            error = bind_and_listen(wish, fd, &reply);
        if (fd >= 0 && error == 0) {
            if (launch_is_on("PRIVBIND_DEBUG"))
                launch_say("--listen %s: %s", wish->spec, reply.reason);
            return fd;
        }
        close(fd);
        if (!wish->is_everywhere || family != AF_INET6 ||
            (error != EAFNOSUPPORT && error != EADDRNOTAVAIL)) {
            launch_failed("--listen %s: %s", wish->spec, reply.reason);
            return -1;
        }
        turn_to_ipv4(target); /* there is no IPv6 here */
    }
}

/* Close-on-exec until all are bound: privbind-helper, executed for the others, does not need it. */
static bool place(int fd, int number)
{
    if (fd == number)
        return true;
    const bool done = dup3(fd, number, O_CLOEXEC) >= 0;
    close(fd);
    return done;
}

static bool set_variables(const char *const *specs, size_t count)
{
    char number[24];
    size_t length = 0, size = count * (NAME_MAX_LENGTH + 1) + 1;
    char *names = malloc(size);
    if (names == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(specs[i], '=');
        length += (size_t)snprintf(names + length, size - length, "%s%s", i == 0 ? "" : ":",
                                   equals == NULL ? NAMELESS : equals + 1);
    }
    bool done = setenv("LISTEN_FDNAMES", names, 1) == 0;
    free(names);
    snprintf(number, sizeof number, "%zu", count);
    done = done && setenv("LISTEN_FDS", number, 1) == 0;
    snprintf(number, sizeof number, "%d", (int)getpid());
    return done && setenv("LISTEN_PID", number, 1) == 0 && unsetenv("LISTEN_PIDFDID") == 0;
}

static bool has_been_handed_sockets(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    return pid != NULL && count != NULL && strtol(pid, NULL, 10) == getpid() &&
           strtol(count, NULL, 10) > 0;
}

int listen_prepare(const char *const *specs, size_t count)
{
    struct wish wish;
    char error[REASON_MAX];
    if (has_been_handed_sockets())
        return launch_failed("--listen: LISTEN_FDS already passes sockets; add this one there too "
                             "(systemd: ListenStream=)");
    for (size_t i = 0; i < count; i++) {
        if (!parse(specs[i], &wish, error))
            return launch_failed("--listen %s: %s", specs[i], error);
    }
    for (size_t i = 0; i < count; i++) {
        parse(specs[i], &wish, error);
        const int fd = open_socket(&wish);
        if (fd < 0)
            return EXIT_OWN_FAILURE;
        if (!place(fd, FIRST + (int)i))
            return launch_failed("--listen: too few descriptors; raise ulimit -n");
    }
    for (size_t i = 0; i < count; i++)
        fcntl(FIRST + (int)i, F_SETFD, 0);
    return set_variables(specs, count) ? EXIT_SUCCESS
                                       : launch_failed("no memory for the environment");
}
