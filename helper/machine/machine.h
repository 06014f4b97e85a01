/* SPDX-License-Identifier: MIT */
/*
 * What differs between processors, one file each, for programs without libc: the library, and the
 * privileged programs (runtime/). Nothing else knows a processor's name. Each file provides
 *
 *   raw_call_6(), clone_on()   below; raw_call_5() too, where leaving out the sixth matters
 *   MACHINE_ENTRY(function)    assembly of _start, which calls function(stack) with the stack as
 *                              execve(2) leaves it: argc, argv, environment, auxiliary vector
 *   MACHINE_ELF                e_machine of its programs
 *   MACHINE_64, MACHINE_32     what its kernels name their two kinds of programs in seccomp(2)
 *                              (linux/audit.h)
 *   MACHINE_BIND_64, _OTHER_BIND_64, _BIND_32, _SOCKETCALL_32
 *                              their numbers of bind(2), and of socketcall(2), which can bind too;
 *                              one that does not exist has the number of bind
 *   MACHINE_ALIGNS_PAIRS       defined where a 64-bit argument begins at an even register
 *   MACHINE_RESTORER           defined where a signal handler needs a function to return by
 *   MACHINE_NO_RESTORER        defined where struct sigaction has no room for one
 *
 * Raw system calls: no errno, no cancellation point, no interceptor of a sanitizer or of another
 * preloaded library between us and the kernel. Each returns the kernel's value: the result, or a
 * negated errno (-4095 to -1).
 */
#ifndef PRIVBIND_MACHINE_H
#define PRIVBIND_MACHINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "machine/numbers.h"

/*
 * long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
 *               void *argument)
 *
 * Starts a child that runs function(argument) on the stack that ends at stack_end (16-byte
 * aligned, growing down) and exits with what it returns, through exit(2): no handler of the host
 * runs. flags are those of clone(2) and must not ask for TLS or the child's thread id; pid is where
 * CLONE_PARENT_SETTID puts the child's, else NULL.
 * Returns the child's pid in the parent, or a negated errno.
 *
 * libc's wrapper would do, but may be intercepted and writes errno into the thread-local storage
 * that parent and child share here. The child never returns from here, so one frame can serve both:
 * its registers are copies, and it reads function and argument from registers before it touches
 * its empty stack.
 */
#if defined __x86_64__ && !defined __ILP32__
#include "machine/x86_64.h"
#elif defined __i386__
#include "machine/i386.h"
#elif defined __aarch64__ && !defined __ILP32__ && defined __AARCH64EL__
#include "machine/aarch64.h"
#elif defined __arm__ && defined __ARM_EABI__ && defined __ARMEL__
#include "machine/arm.h"
#elif defined __riscv && __riscv_xlen == 64
#include "machine/riscv64.h"
#else
#error "privbind does not know this machine: write helper/machine/NAME.h, and include it here"
#endif

/* With RAW_0 to RAW_5 a sixth argument may be anything; see i386.h for why RAW_6 is not used for
   all. */
#ifndef MACHINE_HAS_RAW_CALL_5
static inline long raw_call_5(long n, long a, long b, long c, long d, long e)
{
    return raw_call_6(n, a, b, c, d, e, 0);
}
#endif
#define RAW_6(n, a, b, c, d, e, f)                                                                 \
    raw_call_6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW_5(n, a, b, c, d, e) raw_call_5(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define RAW_4(n, a, b, c, d) RAW_5(n, a, b, c, d, 0)
#define RAW_3(n, a, b, c) RAW_5(n, a, b, c, 0, 0)
#define RAW_2(n, a, b) RAW_5(n, a, b, 0, 0, 0)
#define RAW_1(n, a) RAW_5(n, a, 0, 0, 0, 0)
#define RAW_0(n) RAW_5(n, 0, 0, 0, 0, 0)

/* On old 32-bit machines the plain calls have 16-bit ids, and show larger ones as nobody's. */
#ifdef SYS_getuid32
#define SYS_REAL_UID SYS_getuid32
#define SYS_EFFECTIVE_UID SYS_geteuid32
#define SYS_REAL_GID SYS_getgid32
#define SYS_GROUPS SYS_getgroups32
#else
#define SYS_REAL_UID SYS_getuid
#define SYS_EFFECTIVE_UID SYS_geteuid
#define SYS_REAL_GID SYS_getgid
#define SYS_GROUPS SYS_getgroups
#endif

/* On 32-bit machines SYS_mmap, if there is one, takes its arguments by address. SYS_mmap2 counts
   the offset in pages of 4 KiB, whatever the machine's page size is. */
#ifdef SYS_mmap2
#define SYS_MAP SYS_mmap2
#define MAP_UNIT 4096
#else
#define SYS_MAP SYS_mmap
#define MAP_UNIT 1
#endif

/* As the kernel has it; libc's own differ. */
struct kernel_sigaction {
    const void *handler; /* NULL is SIG_DFL */
    unsigned long flags;
#ifndef MACHINE_NO_RESTORER
    const void *restorer;
#endif
    uint32_t mask[2]; /* not one uint64_t: if long has 32 bits, there might be a gap before that */
};

/* New memory, zeroed, readable and writable; NULL if there is none. To be called with all signals
   blocked. */
static inline void *raw_mmap(size_t length)
{
    long result =
        RAW_6(SYS_MAP, NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return result < 0 && result > -4096 ? NULL : (void *)result;
}

#endif
