/* SPDX-License-Identifier: MIT */
#include "resident/foreign.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/descriptors.h"

#define CLOSERS_MAX 2 /* processes: each that hangs counts against the user's limit */
#define GATHER 1000   /* milliseconds for which connections are collected for one closer */
#define SOON 10       /* milliseconds, to see whether a closer has ended */
#define SOON_MAX 30   /* times; after that it is likely to hang */

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
    if (closers > 0 && times_soon < SOON_MAX) {
        times_soon++;
        return SOON;
    }
    if (homeless >= 0)
        return SOON;
    return has_waiting || closers > 0 ? GATHER : -1;
}

bool foreign_has_room(void)
{
    return homeless < 0;
}

void foreign_turn_away(int connection)
{
    if (fcntl(connection, F_DUPFD_CLOEXEC, first_waiting) < 0) {
        homeless = connection;
        start_closer();
        return;
    }
    close(connection); /* not the last copy */
    has_waiting = true;
}
