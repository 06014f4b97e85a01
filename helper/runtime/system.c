/* SPDX-License-Identifier: MIT */
/*
 * System calls of both privileged programs, as their manual pages have them, errno and all. What
 * headers lay out in more than one way (struct stat, times) is laid out here as the kernel has it.
 * Built without _GNU_SOURCE, with which glibc declares some of them differently from POSIX.
 */
#define _LARGEFILE64_SOURCE /* O_LARGEFILE */
#include <asm/statfs.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/answer.h"
#include "runtime/statx.h"

/* Without O_CREAT and O_TMPFILE, which take a mode. */
int open(const char *path, int flags, ...)
{
    return (int)answer(RAW_3(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE));
}

int close(int fd)
{
    return (int)answer(RAW_1(SYS_close, fd));
}

ssize_t read(int fd, void *to, size_t size)
{
    return answer(RAW_3(SYS_read, fd, to, size));
}

ssize_t write(int fd, const void *from, size_t size)
{
    return answer(RAW_3(SYS_write, fd, from, size));
}

ssize_t readlink(const char *restrict path, char *restrict to, size_t size)
{
    return answer(RAW_4(SYS_readlinkat, AT_FDCWD, path, to, size));
}

ssize_t getxattr(const char *path, const char *name, void *to, size_t size)
{
    return answer(RAW_4(SYS_getxattr, path, name, to, size));
}

static int stat_at(int directory, const char *path, int flags, struct stat *status)
{
    struct kernel_statx from = {0};
    if (answer(RAW_5(SYS_statx, directory, path, flags, STATX_BASIC, &from)) != 0)
        return -1;
    *status = (struct stat){
        .st_dev = (dev_t)(from.device_major & ~0xfffu) << 32 | (from.device_major & 0xfffu) << 8 |
                  (dev_t)(from.device_minor & ~0xffu) << 12 | (from.device_minor & 0xffu),
        .st_ino = from.inode,
        .st_mode = from.mode,
        .st_nlink = from.links,
        .st_uid = from.uid,
        .st_gid = from.gid,
        .st_size = (off_t)from.size,
        .st_mtim = {.tv_sec = (time_t)from.modified.seconds,
                    .tv_nsec = (long)from.modified.nanoseconds},
        .st_ctim = {.tv_sec = (time_t)from.changed.seconds,
                    .tv_nsec = (long)from.changed.nanoseconds},
    };
    return 0;
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return stat_at(AT_FDCWD, path, 0, status);
}

int fstat(int fd, struct stat *status)
{
    return stat_at(fd, "", STATX_EMPTY_PATH, status);
}

/* The flags only. */
int statvfs(const char *restrict path, struct statvfs *restrict mount)
{
#ifdef SYS_statfs64
    struct statfs64 from = {0};
    const long result = answer(RAW_3(SYS_statfs64, path, sizeof from, &from));
#else
    struct statfs from = {0};
    const long result = answer(RAW_2(SYS_statfs, path, &from));
#endif
    *mount = (struct statvfs){0};
    if (result == 0)
        mount->f_flag = (unsigned long)from.f_flags;
    return (int)result;
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    return (void *)answer(RAW_6(SYS_MAP, at, length, protection, flags, fd, offset / MAP_UNIT));
}

int munmap(void *at, size_t length)
{
    return (int)answer(RAW_2(SYS_munmap, at, length));
}

pid_t getpid(void)
{
    return (pid_t)RAW_0(SYS_getpid);
}

int getgroups(int count, gid_t *gids)
{
    return (int)answer(RAW_2(SYS_GROUPS, count, gids));
}

/* The kernel does not look at arguments that are not passed. */
long syscall(long number, ...)
{
    long values[6];
    va_list arguments;
    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++)
        values[i] = va_arg(arguments, long);
    va_end(arguments);
    return answer(RAW_6(number, values[0], values[1], values[2], values[3], values[4], values[5]));
}

/* Always with all five arguments, since the kernel looks at them even for some operations that have
   no use for them. */
int prctl(int operation, ...)
{
    unsigned long values[4];
    va_list arguments;
    va_start(arguments, operation);
    for (size_t i = 0; i < 4; i++)
        values[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    return (int)answer(RAW_5(SYS_prctl, operation, values[0], values[1], values[2], values[3]));
}

int poll(struct pollfd *descriptors, nfds_t count, int time)
{
    const long limit[2] = {time / 1000, time % 1000 * 1000000L};
    return (int)answer(
        RAW_5(SYS_ppoll, descriptors, count, time < 0 ? NULL : limit, NULL, sizeof(uint64_t)));
}

/* Does not tell what the timer was set to before. */
int setitimer(int which, const struct itimerval *restrict timer, struct itimerval *restrict before)
{
    const long values[4] = {(long)timer->it_interval.tv_sec, (long)timer->it_interval.tv_usec,
                            (long)timer->it_value.tv_sec, (long)timer->it_value.tv_usec};
    (void)before;
    return (int)answer(RAW_3(SYS_setitimer, which, values, NULL));
}

/* The time that is left, without an interval. */
int getitimer(int which, struct itimerval *timer)
{
    long values[4] = {0, 0, 0, 0};
    const long result = answer(RAW_2(SYS_getitimer, which, values));
    *timer = (struct itimerval){.it_value = {.tv_sec = values[2], .tv_usec = values[3]}};
    return (int)result;
}

int sigfillset(sigset_t *set)
{
    memset(set, 0xff, sizeof *set);
    return 0;
}

/* Does not tell what the action was before. */
int sigaction(int number, const struct sigaction *restrict action,
              struct sigaction *restrict before)
{
    struct kernel_sigaction wanted = {.handler = (const void *)action->sa_handler,
                                      .flags = (unsigned long)action->sa_flags};
    (void)before;
    memcpy(&wanted.mask, &action->sa_mask, sizeof wanted.mask);
#ifdef MACHINE_RESTORER
    wanted.flags |= 0x04000000; /* SA_RESTORER */
    wanted.restorer = (const void *)MACHINE_RESTORER;
#endif
    return (int)answer(RAW_4(SYS_rt_sigaction, number, &wanted, NULL, sizeof wanted.mask));
}
