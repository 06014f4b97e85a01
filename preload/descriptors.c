/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <errno.h>
#include <unistd.h>

#include "machine/machine.h"

#define UNSHARE_TABLE 2u /* CLOSE_RANGE_UNSHARE, not in the headers of older kernels */

/*
 * Leaves the host's table of descriptors for a private one that holds 0 to 2 and the socket. The
 * kernel copies the table only up to the socket: descriptors above it cost nothing, here and when
 * the helper's process copies this table. Until the call has worked the table is the host's, whose
 * threads use it: nothing may be opened or closed. Returns false if it still is. A seccomp filter
 * may report success and have done nothing; such a filter accepts the senseless second call, too.
 */
bool descriptors_leave(int socket)
{
    const int kept = socket > STDERR_FILENO ? socket : STDERR_FILENO;
    if (RAW_3(SYS_close_range, (unsigned)kept + 1, ~0u, UNSHARE_TABLE) != 0 ||
        RAW_3(SYS_close_range, 1, 0, 0) != -EINVAL)
        return false;
    if (socket > STDERR_FILENO + 1)
        RAW_3(SYS_close_range, STDERR_FILENO + 1, (unsigned)socket - 1, 0);
    return true;
}

/* Makes room in this copy of the table: from first to last all may go but the socket. */
static void close_all_but(unsigned socket, unsigned first, unsigned last)
{
    if (socket < first || socket > last) {
        RAW_3(SYS_close_range, first, last, 0);
        return;
    }
    if (socket > first)
        RAW_3(SYS_close_range, first, socket - 1, 0);
    if (socket < last)
        RAW_3(SYS_close_range, socket + 1, last, 0);
}

long descriptors_make_room(struct delegation *delegation, long (*open)(struct delegation *))
{
    /* What goes if all are in use: stderr last, since without it nobody is told why. */
    static const struct {
        unsigned first, last;
    } rooms[] = {{STDERR_FILENO + 1, ~0u}, {STDIN_FILENO, STDOUT_FILENO}, {STDERR_FILENO, ~0u}};
    long result = open(delegation);
    for (size_t i = 0; result == -EMFILE && i < sizeof rooms / sizeof rooms[0]; i++) {
        close_all_but((unsigned)delegation->socket, rooms[i].first, rooms[i].last);
        result = open(delegation);
    }
    return result;
}
