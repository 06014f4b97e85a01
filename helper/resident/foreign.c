/* SPDX-License-Identifier: MIT */
#include "resident/foreign.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/descriptors.h"

#define MESSAGES_MAX 1000 /* more than fit into the buffer of a socket */

static int first_kept;
static bool has_kept;
static int unplaced = -1; /* a connection that must stay open, and has no place for that yet */

void foreign_start(int first)
{
    first_kept = first;
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

/* Returns false where no descriptor is free. */
static bool keep(int connection)
{
    if (fcntl(connection, F_DUPFD_CLOEXEC, first_kept) < 0)
        return false;
    close(connection);
    has_kept = true;
    return true;
}

/* What a keeper does: it holds what was kept until its parent ends. It closes the rest, since a
   client's connection must end when its parent closes it. */
_Noreturn static void hold(pid_t parent)
{
    bool unused;
    for (int descriptor = 0; descriptor < first_kept; descriptor++)
        close(descriptor);
    if (capability_drop_all_but(false, &unused) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0)
        while (getppid() == parent)
            pause();
    _exit(EXIT_SUCCESS);
}

/* Leaves all that was kept to another process: closing it here is no last close then. Returns false
   where this user may not have one more process. */
static bool leave_to_keeper(void)
{
    const pid_t parent = getpid();
    /* No exit signal: this process waits for nobody. */
    const long keeper = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (keeper == 0)
        hold(parent);
    if (keeper < 0)
        return false;
    process_close_from((unsigned)first_kept);
    has_kept = false;
    return true;
}

bool foreign_has_room(void)
{
    if (unplaced >= 0 && (keep(unplaced) || (has_kept && leave_to_keeper() && keep(unplaced))))
        unplaced = -1;
    return unplaced < 0;
}

void foreign_turn_away(int connection)
{
    if (left_nothing(connection)) {
        close(connection);
        return;
    }
    unplaced = connection;
    foreign_has_room();
}
