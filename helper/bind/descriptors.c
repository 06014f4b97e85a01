/* SPDX-License-Identifier: MIT */
#include "bind/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "machine/numbers.h"

#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */

void process_close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (unsigned descriptor = first; descriptor < DESCRIPTORS_MAX; descriptor++)
        close((int)descriptor);
}
