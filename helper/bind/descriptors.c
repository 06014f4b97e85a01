/* SPDX-License-Identifier: MIT */
#include "bind/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "machine/numbers.h"

void process_close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (unsigned descriptor = first; descriptor < PROCESS_DESCRIPTORS_MAX; descriptor++)
        close((int)descriptor);
}
