/* SPDX-License-Identifier: MIT */
/* What older systems do not have, so that tests build there: those of Debian 11. */
#ifndef PRIVBIND_OLDER_H
#define PRIVBIND_OLDER_H

#include <features.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/numbers.h"

#define OLDER_POPULATE_WRITE 23 /* MADV_POPULATE_WRITE, since Linux 5.14 */

#ifdef __GLIBC__
#if !__GLIBC_PREREQ(2, 34)
static inline void closefrom(int lowest)
{
    if (syscall(SYS_close_range, lowest, ~0u, 0) == 0)
        return;
    for (int fd = lowest; fd < sysconf(_SC_OPEN_MAX); fd++)
        close(fd);
}
#endif
#endif

#endif
