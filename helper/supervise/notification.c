/* SPDX-License-Identifier: MIT */
/*
 * The supervised process is hostile. While its call waits, its other threads go on: they rewrite
 * the address, replace the descriptor, end the process, and its number becomes another's. So the
 * address is read once, the socket is fetched once, then the kernel is asked whether the call still
 * waits, and what is checked and bound are those copies.
 *
 * Continuing a call lets the kernel read everything again, and judge it by the privileges of the
 * process, which has none: that is what happens to every bind that is not granted.
 */
#include "supervise/notification.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bind/deadline.h"
#include "bind/network.h"
#include "bind/port.h"
#include "bind/request.h"
#include "bind/service.h"
#include "policy/format.h"
#include "supervise/caller.h"
#include "supervise/close.h"
#include "supervise/filter.h"
#include "supervise/say.h"

/* Since Linux 6.6: the supervisor runs at once, on the waiting process's CPU. */
#define SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define SYNC_WAKE_UP 1ul

/*
 * Before Linux 5.19 a signal may take a call back while it is served, or after that, and the
 * process then asks again. If that can happen, recently bound sockets are remembered: to ask for
 * the same again is no error.
 */
#define RECENT_MAX 16
static bool may_ask_again;
static struct {
    uint64_t cookie;
    struct privbind_request request;
} recent[RECENT_MAX];
static unsigned recent_next;

/* ioctl(2), whose request is an int in some libcs and unsigned long in others. A signal
   (deadline.h) may interrupt its wait for other notifications of the same filter. */
static int ask(int listener, unsigned long request, void *argument)
{
    int result;
    do
        result = (int)syscall(SYS_ioctl, listener, request, argument);
    while (result < 0 && errno == EINTR);
    return result;
}

bool notification_start(int listener)
{
    /* With a bad pointer seccomp(2) installs nothing: it says EFAULT if the kernel knows the flags,
       else EINVAL. */
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAGS, NULL);
    may_ask_again = errno == EINVAL;
    /* Only a real listener will do: the maker of another kind of file could answer in the kernel's
       place. */
    static const char wanted[] = "anon_inode:seccomp notify";
    char path[32], name[sizeof wanted] = "";
    format_text(path, sizeof path, "/proc/self/fd/%d", listener);
    if (readlink(path, name, sizeof name) >= 0 && memcmp(name, wanted, sizeof wanted - 1) != 0)
        return false;
    uint64_t none = 0;
    if (ask(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &none) == 0 || errno != ENOENT)
        return false;
    syscall(SYS_ioctl, listener, SET_FLAGS, SYNC_WAKE_UP);
    return true;
}

static bool still_waits(int listener, const struct seccomp_notif *notification)
{
    uint64_t id = notification->id;
    return ask(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* A killed process cannot be looked into either, but nobody waits for an answer about it. */
static void tell_forbidden(int listener, const struct seccomp_notif *notification, const char *what)
{
    const int error = errno;
    if (still_waits(listener, notification))
        say_forbidden(notification->pid, what, error);
}

static bool read_memory(int listener, const struct seccomp_notif *notification, uint64_t address,
                        void *to, size_t length)
{
    if (caller_read(notification->pid, address, to, length))
        return true;
    if (errno != EFAULT)
        tell_forbidden(listener, notification, "read the memory (process_vm_readv, /proc/PID/mem)");
    return false;
}

static int fetch_socket(int listener, const struct seccomp_notif *notification, int number)
{
    int socket = caller_socket(notification->pid, number);
    if (socket < 0 && errno != EBADF)
        tell_forbidden(listener, notification, "get the socket (pidfd_getfd)");
    return socket;
}

/* Whether a launcher asks if it is supervised already. */
static bool is_probe(const struct filter_call *call)
{
    return !call->is_in_memory && call->socket == FILTER_PROBE_SOCKET &&
           call->length == FILTER_PROBE_LENGTH;
}

/* Copies what is asked. Returns false if that cannot be read, or needs no privilege. */
static bool read_request(int listener, const struct seccomp_notif *notification,
                         struct filter_call *call, struct privbind_request *request)
{
    if (call->is_in_memory) {
        uint32_t words[3];
        if (!read_memory(listener, notification, call->address, words, sizeof words))
            return false;
        *call =
            (struct filter_call){.socket = (int)words[0], .address = words[1], .length = words[2]};
    }
    *request = (struct privbind_request){.version = PRIVBIND_PROTOCOL_VERSION,
                                         .address_length = call->length};
    struct sockaddr_in address;
    if (call->length < sizeof address || call->length > sizeof request->address ||
        !read_memory(listener, notification, call->address, request->address, call->length))
        return false;
    memcpy(&address, request->address, sizeof address);
    const uint16_t port = ntohs(address.sin_port); /* at the same place for IPv6 */
    return (address.sin_family == AF_INET || address.sin_family == AF_INET6 ||
            address.sin_family == AF_UNSPEC) &&
           port != 0 && port < port_first_unprivileged();
}

static uint64_t cookie_of(int socket)
{
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length);
    return cookie;
}

static bool was_bound(int socket, const struct privbind_request *request)
{
    if (!may_ask_again)
        return false;
    const uint64_t cookie = cookie_of(socket);
    for (size_t i = 0; i < RECENT_MAX; i++) {
        if (recent[i].cookie == cookie && memcmp(&recent[i].request, request, sizeof *request) == 0)
            return true;
    }
    return false;
}

static void remember(int socket, const struct privbind_request *request)
{
    recent[recent_next].cookie = cookie_of(socket);
    recent[recent_next].request = *request;
    recent_next = (recent_next + 1) % RECENT_MAX;
}

/* Returns an errno, 0 if the socket is bound now; EACCES leaves the call to the kernel. */
static int serve_socket(int socket, const struct privbind_request *request, struct subject *subject,
                        uint32_t tid)
{
    struct service_outcome outcome;
    if (!network_is_own(socket)) {
        say_other_network(tid);
        return EACCES;
    }
    if (was_bound(socket, request))
        return 0;
    deadline_start(PRIVBIND_LIFE_REQUEST);
    if (service_bind(subject, request, socket, -1, &outcome) && may_ask_again)
        remember(socket, request);
    deadline_stop();
    say_outcome(tid, &outcome);
    return outcome.reply.error;
}

/*
 * To be called before the process hears its answer, since it may then close its own socket, and
 * bind the port again: a copy that outlived that socket would keep the port taken. The process may
 * also be dead by now, or have closed its own already. Then this is the last close, which SO_LINGER
 * may let wait.
 */
static void close_socket(int socket)
{
    struct linger linger = {.l_onoff = 0};
    socklen_t length = sizeof linger;
    if (socket < 0)
        return;
    if (getsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff == 0)
        close(socket);
    else
        close_promptly(socket);
}

void notification_serve(int listener, struct subject *subject)
{
    struct seccomp_notif notification = {0};
    struct filter_call call;
    struct privbind_request request;
    if (ask(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0)
        return; /* the call is gone already */

    struct seccomp_notif_resp response = {.id = notification.id,
                                          .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    int socket = -1;
    call = filter_decode(&notification.data);
    if (is_probe(&call)) {
        response =
            (struct seccomp_notif_resp){.id = notification.id, .error = -FILTER_PROBE_ANSWER};
    } else if (notification.pid != 0 && read_request(listener, &notification, &call, &request)) {
        socket = fetch_socket(listener, &notification, call.socket);
        /* Not until now is it known that memory and socket were those of the process that asks:
           its number may have become another's in between. */
        if (socket >= 0 && still_waits(listener, &notification)) {
            int error = serve_socket(socket, &request, subject, notification.pid);
            if (error != EACCES)
                response = (struct seccomp_notif_resp){.id = notification.id, .error = -error};
        }
    }
    close_socket(socket);
    if (ask(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno == ENOENT)
        return; /* answered, or gone */
    /* The process would wait for ever: try again, with an answer that every kernel takes. */
    if (response.flags != 0)
        response = (struct seccomp_notif_resp){.id = notification.id, .error = -EACCES};
    ask(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
