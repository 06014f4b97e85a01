/* SPDX-License-Identifier: MIT */
/*
 * bind(2), for the host: the program that this library is loaded into.
 *
 * The kernel judges every call first, so that all errors but one are its own and a port that needs
 * no privilege costs no extra system call. Only if it says EACCES for an IPv4 or IPv6 address is
 * the socket handed to privbind-helper. bind(2) is async-signal-safe and no cancellation point, and
 * takes no lock and no descriptor; the same must hold for all code here (signal-safety(7),
 * pthreads(7)).
 */
#include <errno.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "delegation.h"
#include "diagnosis.h"
#include "environment.h"
#include "exchange.h"
#include "machine/machine.h"
#include "obstacle.h"

#define ORPHAN_MOMENTS 200 /* milliseconds for process 1 to reap it */

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
 * usually read it by now, but EACCES may also come from a seccomp filter, which has not read it. If
 * process_vm_readv(2) is forbidden, the pointer must be trusted.
 */
static bool copy_address(unsigned char *copy, const struct sockaddr *address, socklen_t length)
{
    const struct iovec to = {copy, length}, from = {(void *)(uintptr_t)address, length};
    long count = RAW_6(SYS_process_vm_readv, RAW_0(SYS_getpid), &to, 1, &from, 1, 0);
    if (count >= 0 || count == -EFAULT)
        return count == (long)length;
    memcpy(copy, address, length);
    return true;
}

/*
 * AF_UNSPEC goes to the helper as well: on an AF_INET socket Linux treats it as AF_INET if the
 * address is INADDR_ANY (net/ipv4/af_inet.c, __inet_bind).
 */
static bool is_ip(const struct privbind_request *request)
{
    sa_family_t family;
    memcpy(&family, request->address, sizeof family);
    return family == AF_INET || family == AF_INET6 || family == AF_UNSPEC;
}

/*
 * Somebody killed the broker, or the helper could not be reaped. Then the helper is an orphan,
 * adopted by process 1, or by this host if it is a subreaper. It must not bind any more once the
 * host has been told that it did not, and the host must not find it among its children.
 */
static void end_helper(int pid)
{
    const long moment[2] = {0, 1000000}; /* seconds, nanoseconds */
    RAW_2(SYS_kill, pid, SIGKILL);
    RAW_4(SYS_wait4, pid, NULL, __WALL, NULL);
    for (int i = 0; i < ORPHAN_MOMENTS && RAW_2(SYS_kill, pid, 0) == 0; i++)
        RAW_2(SYS_nanosleep, moment, NULL);
}

static void clear_up(struct delegation *delegation)
{
    if (delegation->helper != 0)
        end_helper(delegation->helper);
    if (delegation->error == 0)
        return;
    if (exchange_is_bound(delegation)) {
        delegation->error = 0;
    } else if (!delegation->is_complete) {
        delegation_failed(delegation, "a signal killed the broker waiting for", 0,
                          "see the system log");
        delegation_diagnose(delegation);
    }
}

/*
 * Starts the broker: a child that shares memory, so that even 4 GiB of resident memory cost no copy
 * of page tables. It begins with the host's table of descriptors, which would cost more to copy the
 * more there are, and leaves that for one of its own, so that nothing it opens is ever seen here or
 * leaks into a concurrent fork and exec. Its exit signal is 0: no SIGCHLD, and only a wait with
 * __WCLONE or __WALL, which no program does by accident, can find it. CLONE_VFORK makes a debugger
 * treat it as a child to let go, not as a new thread.
 */
static long start_broker(struct delegation *delegation, bool shares_descriptors)
{
    delegation->shares_descriptors = shares_descriptors;
    return clone_on(delegation->broker_stack + BROKER_STACK_SIZE,
                    CLONE_VM | CLONE_VFORK | (shares_descriptors ? CLONE_FILES : 0), NULL,
                    broker_main, delegation);
}

/* A host that waits with __WALL may have reaped it already; the result is in memory. Any other
   failure would leave it there for the host to find: so try again. */
static long reap_broker(long pid, int *status)
{
    const long reaped = RAW_4(SYS_wait4, pid, status, __WCLONE, NULL);
    return reaped >= 0 ? reaped : RAW_4(SYS_wait4, pid, status, __WCLONE, NULL);
}

static void run_broker(struct delegation *delegation)
{
    int status = 0;
    long pid = -1, reaped = -1;
    if (!delegation->settings.below_valgrind) {
        pid = start_broker(delegation, true);
        if (pid > 0)
            reaped = reap_broker(pid, &status);
    }
    /* If the broker could not be started like that, or could not leave our descriptors, it gets a
       copy of them. */
    if (pid < 0 || delegation->cannot_unshare) {
        pid = start_broker(delegation, false);
        if (pid > 0)
            reaped = reap_broker(pid, &status);
    }
    if (pid < 0) {
        delegation_failed(delegation, "cannot start a process for", -pid, delegation_fix(-pid));
        delegation_diagnose(delegation);
        return;
    }
    if (delegation->settings.below_valgrind && reaped == pid && WIFEXITED(status))
        delegation->error = WEXITSTATUS(status);
    else if (delegation->helper != 0 || !delegation->is_complete)
        clear_up(delegation);
}

/*
 * Memory for one delegation. Usually the library's own: it costs no mapping and no page faults
 * after the first bind, and is there even if the host has no address space left. While another
 * thread or an interrupted bind uses that, a mapping. Nobody waits.
 */
static struct delegation own;
static int own_is_taken; /* not every machine exchanges single bytes */

static struct delegation *new_delegation(void)
{
    if (__atomic_exchange_n(&own_is_taken, 1, __ATOMIC_ACQUIRE))
        return raw_mmap(sizeof own);
    memset(&own, 0, offsetof(struct delegation, exec_stack));
    return &own;
}

static void free_delegation(struct delegation *delegation)
{
    if (delegation == &own)
        __atomic_store_n(&own_is_taken, 0, __ATOMIC_RELEASE);
    else
        RAW_2(SYS_munmap, delegation, sizeof *delegation);
}

/* Returns 0 when the socket is bound, else the errno for the host. obstacle may be NULL. */
static int delegate(int fd, const struct privbind_request *request, const struct settings *settings,
                    const struct obstacle *obstacle)
{
    struct delegation *delegation = new_delegation();
    if (delegation == NULL) {
        diagnose_no_memory(settings);
        return EACCES;
    }
    delegation->settings = *settings;
    delegation->asked = settings->socket != NULL ? settings->socket : settings->helper;
    delegation->socket = fd;
    delegation->request = *request;
    delegation->error = EACCES; /* what the host hears if the broker is killed */
    delegation->port_before = EXCHANGE_PORT_UNKNOWN;
    if (obstacle == NULL) {
        run_broker(delegation);
    } else {
        delegation_failed(delegation, obstacle->what, 0, obstacle->fix);
        delegation_diagnose(delegation);
    }
    int error = delegation->error;
    free_delegation(delegation);
    return error;
}

/*
 * No signal may be handled while a child shares this memory: a handler could run in the child, too.
 * The raw call also blocks the two signals that libc reserves, which its sigprocmask never blocks:
 * in the child, a cancellation would unwind the stack, and a setuid broadcast change its ids. If no
 * child is made, SIGSYS stays unblocked, for a sandbox that answers with it.
 */
static int delegate_in_peace(int fd, const struct privbind_request *request)
{
    const struct settings settings = environment_settings();
    const struct obstacle *obstacle = obstacle_find(&settings);
    const uint64_t sigsys = UINT64_C(1) << (SIGSYS - 1);
    const uint64_t signals = obstacle == NULL ? ~UINT64_C(0) : ~sigsys;
    uint64_t mask;
    if (RAW_4(SYS_rt_sigprocmask, SIG_BLOCK, &signals, &mask, sizeof mask) != 0)
        return delegate(fd, request, &settings, obstacle != NULL ? obstacle : &obstacle_signals);
    int error = delegate(fd, request, &settings, obstacle);
    /* There is no reason for it to fail, but a host that stays deaf would be lost: so try again. */
    if (RAW_4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask) != 0)
        RAW_4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
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

    struct privbind_request request = {PRIVBIND_PROTOCOL_VERSION, length, {0}};
    if (length < sizeof(struct sockaddr_in) || length > sizeof request.address ||
        !copy_address(request.address, address, length) || !is_ip(&request))
        return result;
    int error = delegate_in_peace(fd, &request);
    *errno_place() = error == 0 ? errno_before : error;
    return error == 0 ? 0 : -1;
}
