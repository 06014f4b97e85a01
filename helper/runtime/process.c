/* SPDX-License-Identifier: MIT */
/* What only the supervisor calls, except pread(2), which the helper calls, too. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/answer.h"

ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long to_count,
                         const struct iovec *from, unsigned long from_count, unsigned long flags);

int chdir(const char *path)
{
    return (int)answer(RAW_1(SYS_chdir, path));
}

/* number must not be fd. */
int dup2(int fd, int number)
{
    return (int)answer(RAW_3(SYS_dup3, fd, number, 0));
}

pid_t getppid(void)
{
    return (pid_t)RAW_0(SYS_getppid);
}

int kill(pid_t pid, int number)
{
    return (int)answer(RAW_2(SYS_kill, pid, number));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return (pid_t)answer(RAW_4(SYS_wait4, pid, status, options, NULL));
}

int waitid(idtype_t kind, id_t id, siginfo_t *info, int options)
{
    return (int)answer(RAW_5(SYS_waitid, kind, id, info, options, NULL));
}

int usleep(useconds_t time)
{
    const long limit[2] = {(long)(time / 1000000), (long)(time % 1000000 * 1000)};
    return (int)answer(RAW_2(SYS_nanosleep, limit, NULL));
}

/* A 64-bit number takes two registers of a 32-bit machine. */
ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
#if __SIZEOF_LONG__ == 8
    return answer(RAW_4(SYS_pread64, fd, to, size, offset));
#elif defined MACHINE_ALIGNS_PAIRS
    return answer(RAW_6(SYS_pread64, fd, to, size, 0, offset, offset >> 32));
#else
    return answer(RAW_5(SYS_pread64, fd, to, size, offset, offset >> 32));
#endif
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long now[2] = {0, 0};
    const long result = answer(RAW_2(SYS_clock_gettime, clock, now));
    *time = (struct timespec){.tv_sec = now[0], .tv_nsec = now[1]};
    return (int)result;
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *to, unsigned long to_count,
                         const struct iovec *from, unsigned long from_count, unsigned long flags)
{
    return answer(RAW_6(SYS_process_vm_readv, pid, to, to_count, from, from_count, flags));
}
