/* SPDX-License-Identifier: MIT */
#include "resident/foreign.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/descriptors.h"

#define MESSAGES_MAX 16 /* to look at: more take longer than they are worth */
#define CLOSERS_MAX 2   /* processes: each that hangs is one less for the user */
#define GATHER 1000     /* milliseconds in which connections come together for one closer */
#define SOON 10         /* milliseconds, to see whether a closer has ended */
#define SOON_MAX 30     /* times; after that it is likely to hang */

static int first_waiting;
static int homeless = -1; /* a connection that found no place from first_waiting on */
static bool has_waiting;
static int64_t due; /* when those that wait go to a closer; 0: not known yet */
static int closers;
static int times_soon;

void foreign_start(int first)
{
    first_waiting = first;
}

/* Shuts the connection down and discards what the peer has sent. Returns whether no descriptor was
   among it. */
static bool left_nothing(int connection)
{
    static const int on = 1;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    char byte;
    struct iovec body = {&byte, sizeof byte};
    /* Each message has credentials then, which tell an empty one from the end. */
    if (setsockopt(connection, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        shutdown(connection, SHUT_RDWR) != 0)
        return false;
    for (int i = 0; i < MESSAGES_MAX; i++) {
        struct msghdr message = {.msg_iov = &body,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        /* There is no room for descriptors. */
        if (recvmsg(connection, &message, MSG_PEEK | MSG_DONTWAIT) < 0 ||
            (message.msg_flags & MSG_CTRUNC) != 0)
            return false;
        if (message.msg_controllen == 0)
            return true;
        recv(connection, &byte, sizeof byte, MSG_DONTWAIT);
    }
    return false;
}

/* A closer exits, which closes the waiting connections. It must hold the last copies: it waits at
   the gate until its parent has closed its own. */
_Noreturn static void run_closer(int gate)
{
    char byte;
    bool unused;
    capability_drop_all_but(false, &unused); /* it may stay for long */
    /* A client's connection must end when the parent closes it. */
    for (int descriptor = 0; descriptor < first_waiting; descriptor++)
        if (descriptor != gate && descriptor != homeless)
            close(descriptor);
    while (read(gate, &byte, sizeof byte) < 0)
        continue;
    _exit(EXIT_SUCCESS);
}

static void reap_closers(void)
{
    while (closers > 0 && waitpid(-1, NULL, WNOHANG | (int)__WCLONE) > 0)
        closers--;
}

/* Starts one, unless there are too many of them, or no process can be made now. */
static void start_closer(void)
{
    int gate[2];
    reap_closers();
    if (closers == CLOSERS_MAX || pipe2(gate, O_CLOEXEC) != 0)
        return;
    /* No exit signal: this process blocks them all, and looks by itself. */
    const long closer = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (closer == 0)
        run_closer(gate[0]);
    if (closer > 0) {
        closers++;
        times_soon = 0;
        process_close_from((unsigned)first_waiting);
        close(homeless);
        homeless = -1;
        has_waiting = false;
        due = 0;
    }
    close(gate[0]);
    close(gate[1]); /* the gate opens */
}

int foreign_tidy(int64_t now)
{
    reap_closers();
    if (has_waiting && due == 0)
        due = now + GATHER;
    if (homeless >= 0 || (has_waiting && now >= due))
        start_closer();
    if (homeless >= 0 || (closers > 0 && times_soon++ < SOON_MAX))
        return SOON;
    return has_waiting || closers > 0 ? GATHER : -1;
}

bool foreign_has_room(void)
{
    return homeless < 0;
}

void foreign_turn_away(int connection)
{
    if (left_nothing(connection)) {
        close(connection);
        return;
    }
    if (fcntl(connection, F_DUPFD_CLOEXEC, first_waiting) < 0) {
        homeless = connection;
        start_closer();
        return;
    }
    close(connection);
    has_waiting = true;
}
