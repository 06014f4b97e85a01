/* SPDX-License-Identifier: MIT */
/*
 * Receiving a request from a hostile peer, over a real socketpair: the kernel makes the control
 * data. The input says what the peer sends and does, see struct peer; the message follows.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/receive.h"
#include "fuzz.h"

enum { NOTHING, REFUSED, NOT_BINDABLE, BINDABLE };
static const char *const outcomes[] = {"nothing sent", "refused", "taken, not bindable",
                                       "taken, bindable", NULL};

#define RIGHTS_MAX 253 /* SCM_MAX_FD of the kernel */
#define PROBED 4       /* a leak would take one of so many descriptors, the lowest free */

struct peer {
    uint8_t rights[2]; /* descriptors in each of two control messages */
    uint8_t options;   /* OPTION_ bits */
    uint8_t which;     /* the file to send, of files; above 127 NO_ROOM leaves room for one */
};
enum {
    PASS_CREDENTIALS = 1, /* set on our socket by the peer, who may hold it too */
    PASS_SECURITY = 2,
    SEND_CREDENTIALS = 4,
    NO_ROOM = 8, /* the limit on descriptors is reached */
    SECOND_MESSAGE = 16,
    CREDENTIALS_FIRST = 32,
    HANG_UP = 64,     /* after sending */
    SEND_VALID = 128, /* a request, of which the input is the address after its port */
};

static int files[8], lowest_free[PROBED];

static bool open_files(void)
{
    static const int kinds[][3] = {{AF_INET, SOCK_STREAM, 0},  {AF_INET6, SOCK_STREAM, 0},
                                   {AF_INET, SOCK_DGRAM, 0},   {AF_INET6, SOCK_DGRAM, 0},
                                   {AF_UNIX, SOCK_STREAM, 0},  {AF_NETLINK, SOCK_RAW, 0},
                                   {AF_INET, SOCK_STREAM, 262}};
    if (files[0] > 0)
        return true;
    files[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        files[i + 1] = socket(kinds[i][0], kinds[i][1] | SOCK_CLOEXEC, kinds[i][2]);
        if (files[i + 1] < 0) /* a kernel without MPTCP, or no IPv6 */
            files[i + 1] = dup(files[0]);
    }
    return files[0] > 0;
}

/* Inherited descriptors may be open anywhere above. */
static void find_lowest_free(void)
{
    for (size_t i = 0; i < PROBED; i++)
        lowest_free[i] = dup(files[0]);
    for (size_t i = 0; i < PROBED; i++)
        close(lowest_free[i]);
}

/* Appends a control message. */
static void add(struct msghdr *message, int type, const void *bytes, size_t size)
{
    struct cmsghdr *header =
        (struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(size);
    if (size > 0)
        memcpy(CMSG_DATA(header), bytes, size);
    message->msg_controllen += CMSG_SPACE(size);
}

static bool send_it(int channel, const struct peer *peer, const uint8_t *data, size_t size)
{
    static union {
        struct cmsghdr header;
        char bytes[2 * CMSG_SPACE(RIGHTS_MAX * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
    } control;
    int rights[RIGHTS_MAX];
    const struct ucred own = {getpid(), getuid(), getgid()};
    struct iovec body = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &body, .msg_iovlen = 1, .msg_control = control.bytes};
    for (size_t i = 0; i < COUNT(rights); i++)
        rights[i] = files[peer->which % COUNT(files)];
    memset(&control, 0, sizeof control);
    if ((peer->options & SEND_CREDENTIALS) != 0 && (peer->options & CREDENTIALS_FIRST) != 0)
        add(&message, SCM_CREDENTIALS, &own, sizeof own);
    for (size_t i = 0; i < COUNT(peer->rights); i++) {
        const size_t count = peer->rights[i] > RIGHTS_MAX ? RIGHTS_MAX : peer->rights[i];
        if (count > 0)
            add(&message, SCM_RIGHTS, rights, count * sizeof(int));
    }
    if ((peer->options & SEND_CREDENTIALS) != 0 && (peer->options & CREDENTIALS_FIRST) == 0)
        add(&message, SCM_CREDENTIALS, &own, sizeof own);
    if (message.msg_controllen == 0)
        message.msg_control = NULL;
    return sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static bool has_room_for_one(const struct peer *peer)
{
    return (peer->options & NO_ROOM) == 0 || peer->which > 127;
}

static const char *receive(int channel, const struct peer *peer, struct privbind_request *message,
                           int *socket)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    const struct rlimit lowered = {(rlim_t)lowest_free[0] + has_room_for_one(peer), limit.rlim_max};
    if ((peer->options & NO_ROOM) != 0)
        setrlimit(RLIMIT_NOFILE, &lowered);
    const char *wrong = request_receive(channel, message, socket);
    setrlimit(RLIMIT_NOFILE, &limit);
    return wrong;
}

/* Whether the message is to be taken: one descriptor, nothing else, and a request. */
static bool is_request(const struct peer *peer, const uint8_t *data, size_t size)
{
    uint32_t version = 0;
    memcpy(&version, data, size < sizeof version ? size : sizeof version);
    return size == sizeof(struct privbind_request) && version == PRIVBIND_PROTOCOL_VERSION &&
           peer->rights[0] + peer->rights[1] == 1 &&
           (peer->options & (PASS_CREDENTIALS | PASS_SECURITY)) == 0 && has_room_for_one(peer);
}

static void check_nothing_open(void)
{
    for (size_t i = 0; i < PROBED; i++)
        FUZZ_CHECK(fcntl(lowest_free[i], F_GETFD) < 0 && errno == EBADF);
}

static int check_taken(const struct peer *peer, const struct privbind_request *message,
                       const uint8_t *data, int socket)
{
    struct stat sent, received;
    struct socket_kind kind;
    struct request request;
    FUZZ_CHECK(socket >= 0 && (fcntl(socket, F_GETFD) & FD_CLOEXEC) != 0);
    FUZZ_CHECK(fstat(files[peer->which % COUNT(files)], &sent) == 0 &&
               fstat(socket, &received) == 0);
    FUZZ_CHECK(sent.st_dev == received.st_dev && sent.st_ino == received.st_ino);
    FUZZ_CHECK(memcmp(message, data, sizeof *message) == 0);
    const bool is_socket = request_socket_kind(socket, &kind);
    FUZZ_CHECK(is_socket == S_ISSOCK(received.st_mode));
    close(socket);
    return is_socket && request_check(message, &kind, &request) == NULL ? BINDABLE : NOT_BINDABLE;
}

static int try_peer(const struct peer *peer, const uint8_t *data, size_t size, int ends[2])
{
    struct privbind_request message;
    static const int on = 1;
    int socket = 12345;
    if ((peer->options & PASS_CREDENTIALS) != 0)
        setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    if ((peer->options & PASS_SECURITY) != 0)
        setsockopt(ends[1], SOL_SOCKET, SO_PASSSEC, &on, sizeof on);
    const bool is_sent = send_it(ends[0], peer, data, size);
    if ((peer->options & SECOND_MESSAGE) != 0)
        send_it(ends[0], peer, data, size / 2);
    if ((peer->options & HANG_UP) != 0)
        shutdown(ends[0], SHUT_RDWR);
    const char *wrong = receive(ends[1], peer, &message, &socket);
    /* Without a security module SO_PASSSEC adds nothing. */
    const bool may_be_either = (peer->options & PASS_SECURITY) != 0;
    const bool is_taken = wrong == NULL;
    if (!may_be_either && is_taken != (is_sent && is_request(peer, data, size)))
        fuzz_finding("%zu bytes, %d + %d descriptors, options %d: %s", size, peer->rights[0],
                     peer->rights[1], peer->options, is_taken ? "taken" : wrong);
    if (is_taken)
        return check_taken(peer, &message, data, socket);
    FUZZ_CHECK(socket == -1);
    return is_sent ? REFUSED : NOTHING;
}

static int run(const uint8_t *data, size_t size)
{
    static struct privbind_request valid;
    struct peer peer;
    int ends[2];
    if (size < sizeof peer || !open_files())
        return FUZZ_REJECTED;
    memcpy(&peer, data, sizeof peer);
    data += sizeof peer;
    size -= sizeof peer;
    if ((peer.options & SEND_VALID) != 0) {
        valid = (struct privbind_request){PRIVBIND_PROTOCOL_VERSION, 28, {0, 0, 0, 80}};
        const uint16_t family = peer.which % 2 != 0 ? AF_INET : AF_INET6;
        memcpy(valid.address, &family, sizeof family);
        memcpy(valid.address + 4, data, size < 24 ? size : 24);
        data = (const uint8_t *)&valid;
        size = sizeof valid;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return FUZZ_REJECTED;
    find_lowest_free();
    const int outcome = try_peer(&peer, data, size, ends);
    check_nothing_open();
    close(ends[0]);
    close(ends[1]);
    return outcome;
}

const struct fuzz_target fuzz_receive = {"receive", outcomes, run, NULL};
