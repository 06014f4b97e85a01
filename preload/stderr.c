/* SPDX-License-Identifier: MIT */
#include "stderr.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/machine.h"

#define EMPTY_PATH 0x1000 /* AT_EMPTY_PATH, which libc shows only with _GNU_SOURCE */

struct stderr_file stderr_look(void)
{
    struct statx status = {0};
    struct stderr_file file = {.is_open = RAW_2(SYS_fcntl, STDERR_FILENO, F_GETFD) >= 0};
    /* Where statx(2) is missing or forbidden, all files look the same. */
    if (RAW_5(SYS_statx, STDERR_FILENO, "", EMPTY_PATH, STATX_TYPE | STATX_INO, &status) == 0) {
        file.mode = status.stx_mode & S_IFMT;
        file.device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
        file.inode = status.stx_ino;
    }
    return file;
}

/* inetd starts programs with their connection as descriptor 2. */
static bool is_internet_socket(void)
{
    int domain = AF_UNSPEC;
    socklen_t length = sizeof domain;
    RAW_5(SYS_getsockopt, STDERR_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &length);
    return domain == AF_INET || domain == AF_INET6;
}

static bool is_terminal(void)
{
    struct termios settings;
    return RAW_3(SYS_ioctl, STDERR_FILENO, TCGETS, &settings) == 0;
}

/*
 * A host that closed descriptor 2 may have opened anything in its place: a pipe between its
 * threads, a data file. If it is not the file that the host started with, it is taken for a new
 * stderr only if it is a terminal or a file opened for appending, as logs are.
 */
static bool is_stderr(const struct stderr_file *at_start)
{
    const struct stderr_file now = stderr_look();
    if (!at_start->is_open || !now.is_open || is_internet_socket())
        return false;
    if (now.device == at_start->device && now.inode == at_start->inode)
        return true;
    return (now.mode == S_IFCHR && is_terminal()) ||
           (now.mode == S_IFREG && (RAW_2(SYS_fcntl, STDERR_FILENO, F_GETFL) & O_APPEND) != 0);
}

/*
 * A full pipe or a stopped terminal must not hang the host. What poll(2) calls writable takes a
 * line of less than PIPE_BUF bytes: promised for pipes (pipe(7)), and true in practice of the rest.
 * Another writer may still fill it in between.
 */
static bool takes_a_line(void)
{
    struct pollfd descriptor = {.fd = STDERR_FILENO, .events = POLLOUT};
    const long no_time[2] = {0, 0};
    return RAW_5(SYS_ppoll, &descriptor, 1, no_time, NULL, sizeof(uint64_t)) == 1 &&
           descriptor.revents == POLLOUT;
}

void stderr_write(const struct stderr_file *at_start, const char *line, size_t length)
{
    if (!is_stderr(at_start) || !takes_a_line())
        return;
    /* The write may raise these in the host itself, which would find them when it unblocks. */
    const uint64_t raised = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);
    const long no_time[2] = {0, 0};
    uint64_t pending = 0;
    RAW_2(SYS_rt_sigpending, &pending, sizeof pending);
    long written = RAW_3(SYS_write, STDERR_FILENO, line, length);
    const uint64_t to_take = raised & ~pending;
    if (written == -EPIPE || written == -EFBIG)
        RAW_4(SYS_rt_sigtimedwait, &to_take, NULL, no_time, sizeof to_take);
}
