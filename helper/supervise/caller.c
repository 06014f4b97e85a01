/* SPDX-License-Identifier: MIT */
#include "supervise/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bind/status.h"
#include "machine/numbers.h"
#include "policy/format.h"

#define PIDFD_OF_THREAD O_EXCL /* PIDFD_THREAD, since Linux 6.9 */

#define PATH_MAX_HERE 32

static void name_memory(char path[PATH_MAX_HERE], uint32_t tid)
{
    format_text(path, PATH_MAX_HERE, "/proc/%u/mem", (unsigned)tid);
}

/* Some containers forbid the first way, others the second. A 32-bit supervisor can name a 64-bit
   program's addresses only in the second. */
bool caller_read(uint32_t tid, uint64_t address, void *to, size_t length)
{
    const struct iovec local = {to, length}, remote = {(void *)(uintptr_t)address, length};
    ssize_t count = -1;
    errno = ENOSYS;
    if (address == (uintptr_t)address)
        count = process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0);
    if (count < 0 && (errno == EPERM || errno == ENOSYS)) {
        char path[PATH_MAX_HERE];
        name_memory(path, tid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return false;
        count = pread(fd, to, length, (off_t)address);
        close(fd);
    }
    errno = EFAULT;
    return count == (ssize_t)length;
}

pid_t caller_process(uint32_t tid)
{
    char path[PATH_MAX_HERE];
    format_text(path, sizeof path, "/proc/%u/status", (unsigned)tid);
    return (pid_t)process_status_number(path, "Tgid:");
}

static int fetch_from(int pidfd, int number)
{
    return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

/* Before Linux 6.9 only whole processes could be opened. */
static int fetch_from_process(pid_t pid, int number)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return -1;
    int fd = fetch_from(pidfd, number);
    int error = errno;
    close(pidfd);
    errno = error;
    return fd;
}

/* Whether the descriptor that came from the process is the thread's, which may have a table of its
   own (CLONE_FILES in clone(2)). Only the links are read: a file system might hang. */
static bool is_threads_own(uint32_t tid, int number, int fd)
{
    char path[PATH_MAX_HERE], its_name[64] = "", our_name[64] = "";
    format_text(path, sizeof path, "/proc/%u/fd/%d", (unsigned)tid, number);
    const bool is_there = readlink(path, its_name, sizeof its_name - 1) > 0;
    format_text(path, sizeof path, "/proc/self/fd/%d", fd);
    return is_there && readlink(path, our_name, sizeof our_name - 1) > 0 &&
           memcmp(its_name, our_name, sizeof our_name) == 0;
}

/* Before Linux 6.9. Nothing can be fetched from a thread with a table of its own: its bind is left
   to the kernel. */
static int fetch_by_process(uint32_t tid, int number)
{
    /* The first thread has the number of its process: no /proc is needed to tell. For any other
       thread the error is EINVAL, or ENOENT from a newer kernel under a filter. */
    int fd = fetch_from_process((pid_t)tid, number);
    if (fd >= 0 || (errno != EINVAL && errno != ENOENT))
        return fd;
    const pid_t process = caller_process(tid);
    fd = process > 0 ? fetch_from_process(process, number) : -1;
    if (fd >= 0 && !is_threads_own(tid, number, fd)) {
        close(fd);
        fd = -1;
        errno = EBADF;
    }
    return fd;
}

/*
 * The thread that asked last is likely to ask again, so its pidfd is kept. A pidfd stands for the
 * thread, not for its number: once the number is another's, this one fetches nothing (ESRCH).
 */
int caller_socket(uint32_t tid, int number)
{
    static struct {
        uint32_t tid;
        int pidfd;
    } last = {.pidfd = -1};
    if (last.pidfd >= 0 && last.tid == tid) {
        int fd = fetch_from(last.pidfd, number);
        if (fd >= 0 || errno != ESRCH)
            return fd;
    }
    if (last.pidfd >= 0)
        close(last.pidfd);
    last.tid = tid;
    last.pidfd = (int)syscall(SYS_pidfd_open, tid, PIDFD_OF_THREAD);
    if (last.pidfd >= 0)
        return fetch_from(last.pidfd, number);
    return errno == EINVAL ? fetch_by_process(tid, number) : -1;
}

/* Root owns the /proc/PID/mem of such a process (proc(5)). */
bool caller_is_undumpable(uint32_t tid)
{
    char path[PATH_MAX_HERE];
    struct stat status;
    name_memory(path, tid);
    return stat(path, &status) == 0 && status.st_uid != getuid();
}

bool caller_is_capable(uint32_t tid)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, (int)tid};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &header, sets) == 0 &&
           (sets[0].effective & UINT32_C(1) << CAP_NET_BIND_SERVICE) != 0;
}
