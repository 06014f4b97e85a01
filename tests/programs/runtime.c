/* SPDX-License-Identifier: MIT */
/*
 * The system calls of helper/runtime/ and the clone of helper/machine/, by their effects. Linked as
 * the privileged programs are, without libc, so that it runs for every machine below qemu's user
 * emulation. Says what is wrong, or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "machine/machine.h"

#define CHECK(condition) check(condition, #condition "\n")
#define FAILS(call, error) CHECK((errno = 0, call) == -1 && errno == (error))

extern uintptr_t __stack_chk_guard;
static int failures;
static volatile sig_atomic_t handled;

static void check(bool condition, const char *text)
{
    if (condition)
        return;
    failures++;
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void check_files(const char *self)
{
    struct stat by_name, by_descriptor;
    struct statvfs mount;
    char text[256], read_back[8] = "";
    FAILS(open("/nonexistent", O_RDONLY), ENOENT);
    FAILS(close(-1), EBADF);
    FAILS(stat("/nonexistent", &by_name), ENOENT);
    FAILS(statvfs("/nonexistent", &mount), ENOENT);
    FAILS(readlink(self, text, sizeof text), EINVAL);
    CHECK(getxattr(self, "user.privbind", text, sizeof text) == -1 && errno != EFAULT);
    CHECK(readlink("/proc/self/exe", text, sizeof text) > 0);
    CHECK(stat("/dev/null", &by_name) == 0 && S_ISCHR(by_name.st_mode) && by_name.st_size == 0);
    CHECK(statvfs("/", &mount) == 0);

    const int fd = open(self, O_RDONLY | O_CLOEXEC);
    CHECK(fd > 2);
    CHECK(stat(self, &by_name) == 0 && fstat(fd, &by_descriptor) == 0);
    CHECK(S_ISREG(by_name.st_mode) && by_name.st_size > 1000 && by_name.st_mtim.tv_sec > 1000000);
    CHECK(by_name.st_ino == by_descriptor.st_ino && by_name.st_dev == by_descriptor.st_dev);
    CHECK(by_name.st_size == by_descriptor.st_size && by_name.st_mode == by_descriptor.st_mode);
    CHECK(pread(fd, read_back, 3, 1) == 3 && memcmp(read_back, "ELF", 3) == 0);
    CHECK(pread(fd, read_back, 3, INT64_C(0x100000001)) == 0); /* both halves of the offset */
    CHECK(read(fd, read_back, 4) == 4 && memcmp(read_back, "\177ELF", 4) == 0);
    CHECK(dup2(fd, 100) == 100 && read(100, read_back, 1) == 1 && close(100) == 0);

    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && memory[8191] == 0);
    memory[0] = 1;
    CHECK(munmap(memory, 8192) == 0);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == EINVAL);
    const off_t beyond = 65536;
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, beyond) != MAP_FAILED);
    FAILS(munmap((void *)1, 4096), EINVAL);
    CHECK(close(fd) == 0 && chdir("/") == 0);
}

static int64_t milliseconds(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void check_sockets(void)
{
    const struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};
    const struct sockaddr *const address = (const struct sockaddr *)&nobody;
    struct timeval limit = {.tv_sec = 3}, set = {0};
    int pair[2], type = 0;
    char body[4] = "";
    socklen_t length = sizeof type;
    const int datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    FAILS(sendto(datagram, "x", 1, MSG_NOSIGNAL, address, sizeof nobody), ENOENT);
    FAILS(connect(datagram, address, sizeof nobody), ENOENT);
    FAILS(bind(datagram, address, 1), EINVAL);
    CHECK(setsockopt(datagram, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
    length = sizeof set;
    CHECK(getsockopt(datagram, SOL_SOCKET, SO_SNDTIMEO, &set, &length) == 0 && set.tv_sec == 3);
    length = sizeof type;
    CHECK(getsockopt(datagram, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM);

    CHECK(syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    struct pollfd other = {.fd = pair[1], .events = POLLIN};
    const int64_t start = milliseconds();
    CHECK(poll(&other, 1, 1050) == 0);
    CHECK(milliseconds() - start >= 1050 && milliseconds() - start < 5000);
    FAILS(recv(pair[1], body, sizeof body, MSG_DONTWAIT), EAGAIN);
    CHECK(send(pair[0], "abc", 3, MSG_NOSIGNAL) == 3 && poll(&other, 1, -1) == 1);
    CHECK(other.revents == POLLIN);
    CHECK(recv(pair[1], body, sizeof body, MSG_PEEK) == 3 && memcmp(body, "abc", 3) == 0);
    struct iovec part = {body, 2};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    CHECK(recvmsg(pair[1], &message, 0) == 2 && (message.msg_flags & MSG_TRUNC) != 0);
}

static void on_alarm(int number)
{
    handled += number == SIGALRM;
}

/* A handler that returns needs its restorer. */
static void check_signals(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval timer = {.it_value.tv_usec = 20000}, none = {.it_value = {0, 0}};
    struct itimerval left = none;
    CHECK(sigfillset(&action.sa_mask) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0 && getitimer(ITIMER_REAL, &left) == 0);
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec > 0 && left.it_value.tv_usec <= 20000);
    FAILS(usleep(3000000), EINTR);
    CHECK(getitimer(ITIMER_REAL, &left) == 0 && left.it_value.tv_usec == 0);
    CHECK(handled == 1 && setitimer(ITIMER_REAL, &none, NULL) == 0);
}

static int seven(void *argument)
{
    return argument == &handled ? 7 : 8;
}

static void check_processes(void)
{
    static _Alignas(16) char stack[65536];
    int status = 0, seen = 0, value = 42;
    siginfo_t info;
    gid_t gids[1];
    volatile int negative = -1; /* a compiler would know better */
    pid_t child = (pid_t)clone_on(stack + sizeof stack,
                                  CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD, &seen,
                                  seven, (void *)(uintptr_t)&handled);
    CHECK(child > 0 && (seen == child || seen == 0)); /* 0: qemu's user emulation */
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    FAILS(waitpid(-1, &status, 0), ECHILD);
    CHECK(kill(getpid(), 0) == 0 && getpid() == syscall(SYS_getpid) && getppid() > 0);
    CHECK(getuid() == (uid_t)RAW_0(SYS_EFFECTIVE_UID) && getgid() == (gid_t)RAW_0(SYS_REAL_GID));
    CHECK(getgroups(0, gids) >= 0);
    FAILS(getgroups(negative, gids), EINVAL);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    FAILS(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);

    int copy = 0;
    const struct iovec to = {&copy, sizeof copy}, from = {&value, sizeof value};
    const ssize_t count = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    CHECK((count == sizeof copy && copy == 42) || errno == ENOSYS); /* qemu's user emulation */
    FAILS(process_vm_readv(getpid(), &to, 1, &from, 1, 1), count < 0 ? ENOSYS : EINVAL);
}

int main(int argc, char *argv[])
{
    const unsigned char *guard = (const unsigned char *)&__stack_chk_guard;
    CHECK(argc == 1 && argv[1] == NULL);
    CHECK(guard[0] == 0 && __stack_chk_guard != 0);
    check_files(argv[0]);
    check_sockets();
    check_signals();
    check_processes();
    return failures == 0 ? 0 : 1;
}
