/*
 * bind(2), for the program that this library is loaded into.
 *
 * The kernel judges every call first, so that all errors but one are its own and a port that needs
 * no privilege costs no system call more. Only where it says EACCES for an IPv4 or IPv6 address is
 * the socket handed to privbind-helper. bind(2) is async-signal-safe, no cancellation point, takes
 * no lock and no descriptor; nothing here is allowed to be less (signal-safety(7), pthreads(7)).
 */
#include <errno.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "clone.h"
#include "delegation.h"
#include "environment.h"
#include "syscall.h"

extern int *__errno_location(void) __attribute__((weak)); /* glibc and musl alike */

static int *errno_place(void)
{
    static int nowhere;
    return __errno_location == NULL ? &nowhere : __errno_location();
}

static int kernel_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    long result = RAW_3(SYS_bind, fd, address, length);
    if (result == 0)
        return 0;
    *errno_place() = (int)-result;
    return -1;
}

/*
 * Copies the address as the kernel would: a bad pointer is an error, not a crash. The kernel has
 * usually read it by now, but EACCES may as well come from a seccomp filter, which has not. Where
 * that call is forbidden the pointer must be trusted.
 */
static bool copy_address(unsigned char *copy, const struct sockaddr *address, socklen_t length)
{
    const struct iovec to = {copy, length}, from = {(void *)(uintptr_t)address, length};
    long count = RAW_5_AND_ZERO(SYS_process_vm_readv, RAW_0(SYS_getpid), &to, 1, &from, 1);
    if (count >= 0 || count == -EFAULT)
        return count == (long)length;
    memcpy(copy, address, length);
    return true;
}

/*
 * AF_UNSPEC goes to the helper as well: on an AF_INET socket Linux takes it for AF_INET where the
 * address is INADDR_ANY (net/ipv4/af_inet.c, __inet_bind).
 */
static bool is_ip(const struct privbind_request *request)
{
    sa_family_t family;
    memcpy(&family, request->address, sizeof family);
    return family == AF_INET || family == AF_INET6 || family == AF_UNSPEC;
}

/*
 * Runs the broker: a child that shares memory, so that 4 GiB resident cost no page table, but has
 * its own copy of the descriptor table, so that nothing it opens is ever seen here or leaks into a
 * concurrent fork and exec. Its exit signal is 0: no SIGCHLD, and only a wait with __WCLONE, which
 * no program does by accident, can find it. CLONE_VFORK makes a debugger treat it as a child to
 * let go, not as a new thread.
 */
static void run_broker(struct delegation *delegation)
{
    long pid = clone_on(delegation->broker_stack + BROKER_STACK_SIZE, CLONE_VM | CLONE_VFORK,
                        broker_main, delegation);
    if (pid < 0) {
        delegation_failed(delegation, "cannot start a process for", -pid,
                          "raise the limit of processes (ulimit -u, systemd: TasksMax=)");
        delegation_diagnose(delegation);
        return;
    }
    /* A host that waits with __WALL may have reaped it already; the result is in memory. */
    int status = 0;
    const bool reaped = RAW_4(SYS_wait4, pid, &status, __WCLONE, NULL) == pid;
    if (delegation->settings.below_valgrind && reaped && WIFEXITED(status))
        delegation->error = WEXITSTATUS(status);
    if (WIFSIGNALED(status) && delegation->error != 0) {
        delegation_failed(delegation, "a signal killed the broker that waits for", 0,
                          "look into the system log");
        delegation_diagnose(delegation);
    }
}

/*
 * Memory for one delegation: the library's own, which costs no mapping and no page faults after the
 * first bind, and is there where the host has no address space left; or where another thread or an
 * interrupted bind has that, a mapping. Nobody waits.
 */
static struct delegation own;
static bool own_is_taken;

static struct delegation *new_delegation(void)
{
    if (__atomic_exchange_n(&own_is_taken, true, __ATOMIC_ACQUIRE))
        return raw_mmap(sizeof own);
    memset(&own, 0, offsetof(struct delegation, exec_stack));
    return &own;
}

static void free_delegation(struct delegation *delegation)
{
    if (delegation == &own)
        __atomic_store_n(&own_is_taken, false, __ATOMIC_RELEASE);
    else
        RAW_2(SYS_munmap, delegation, sizeof *delegation);
}

/* Returns 0 when the socket is bound, else the errno for the host. With all signals blocked. */
static int delegate(int fd, const struct sockaddr *address, socklen_t length)
{
    const struct settings settings = environment_settings();
    struct privbind_request request = {PRIVBIND_PROTOCOL_VERSION, length, {0}};

    if (length < sizeof(struct sockaddr_in) || length > sizeof request.address ||
        !copy_address(request.address, address, length) || !is_ip(&request))
        return EACCES;
    struct delegation *delegation = new_delegation();
    if (delegation == NULL) {
        diagnose_no_memory(settings);
        return EACCES;
    }
    delegation->settings = settings;
    delegation->asked = settings.socket != NULL ? settings.socket : settings.helper;
    delegation->socket = fd;
    delegation->request = request;
    delegation->error = EACCES; /* what the host hears if the broker is killed */
    run_broker(delegation);
    int error = delegation->error;
    free_delegation(delegation);
    return error;
}

__attribute__((visibility("default"))) int bind(int fd, const struct sockaddr *address,
                                                socklen_t length)
{
    int errno_before = *errno_place();
    bind_function *next = environment_next_bind();
    int result = (next == NULL ? kernel_bind : next)(fd, address, length);
    if (result == 0 || *errno_place() != EACCES)
        return result;

    /*
     * No signal may be taken while a child shares this memory: a handler would run in it too. The
     * raw call also blocks the two that libc keeps for itself and its sigprocmask leaves alone:
     * an asynchronous cancel would unwind, a setuid broadcast would hit the child.
     */
    const uint64_t all_signals = ~UINT64_C(0);
    uint64_t mask;
    RAW_4(SYS_rt_sigprocmask, SIG_BLOCK, &all_signals, &mask, sizeof mask);
    int error = delegate(fd, address, length);
    *errno_place() = error == 0 ? errno_before : error;
    RAW_4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    return error == 0 ? 0 : -1;
}
