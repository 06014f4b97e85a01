/* SPDX-License-Identifier: MIT */
#include "bind/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

process_signals process_block_signals(void)
{
    const process_signals all = PROCESS_ALL_SIGNALS;
    process_signals before = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof all);
    return before;
}

void process_set_blocked(process_signals signals)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals, NULL, sizeof signals);
}
