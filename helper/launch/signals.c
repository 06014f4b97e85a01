/* SPDX-License-Identifier: MIT */
#include "launch/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "bind/status.h"
#include "policy/format.h"

bool process_take_signal(process_signals signals, siginfo_t *info)
{
    const long no_time[4] = {0}; /* whatever the size of its timespec */
    return syscall(SYS_rt_sigtimedwait, &signals, info, no_time, sizeof signals) > 0;
}

process_signals process_pending_signals(void)
{
    process_signals pending = 0;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return pending;
}

pid_t process_group_of(int pidfd)
{
    char path[40];
    format_text(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    const pid_t pid = (pid_t)process_status_number(path, "Pid:");
    return pid > 0 ? getpgid(pid) : -1;
}
