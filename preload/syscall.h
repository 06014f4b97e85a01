/*
 * Raw system calls: no errno, no cancellation point, no interceptor of a sanitizer or of another
 * preloaded library between us and the kernel. Each returns the kernel's value: the result, or a
 * negated errno (-4095 to -1).
 *
 * RAW_0 to RAW_5 leave a sixth argument to chance; RAW_5_AND_ZERO makes it zero. On i386 that is
 * passed in %ebp, and a signal handler could not unwind the stack from there, as an asynchronous
 * cancel does: RAW_5_AND_ZERO is for use with all signals blocked.
 */
#ifndef PRIVBIND_SYSCALL_H
#define PRIVBIND_SYSCALL_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#if defined __x86_64__ && !defined __ILP32__

static inline long raw_call(long n, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined __i386__

static inline long raw_call(long n, long a, long b, long c, long d, long e)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

static inline long raw_call_and_zero(long n, long a, long b, long c, long d, long e)
{
    long result;
    __asm__ volatile("push %%ebp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp"
                     : "=a"(result)
                     : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "cc");
    return result;
}

#elif defined __aarch64__

static inline long raw_call(long n, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = 0;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

#else
#error "preload/syscall.h and preload/clone.h know x86_64, i386 and aarch64 only"
#endif

#ifndef __i386__
#define raw_call_and_zero raw_call
#endif

#define RAW_5_AND_ZERO(n, a, b, c, d, e)                                                           \
    raw_call_and_zero(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define RAW_5(n, a, b, c, d, e) raw_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define RAW_4(n, a, b, c, d) RAW_5(n, a, b, c, d, 0)
#define RAW_3(n, a, b, c) RAW_5(n, a, b, c, 0, 0)
#define RAW_2(n, a, b) RAW_5(n, a, b, 0, 0, 0)
#define RAW_1(n, a) RAW_5(n, a, 0, 0, 0, 0)
#define RAW_0(n) RAW_5(n, 0, 0, 0, 0, 0)

/* On i386 the calls without the number take ids for 16 bits wide, and all above for nobody's. */
#ifdef SYS_getuid32
#define SYS_REAL_UID SYS_getuid32
#define SYS_EFFECTIVE_UID SYS_geteuid32
#else
#define SYS_REAL_UID SYS_getuid
#define SYS_EFFECTIVE_UID SYS_geteuid
#endif

/* New memory, zeroed, readable and writable; NULL if there is none. With all signals blocked. */
static inline void *raw_mmap(size_t length)
{
#ifdef SYS_mmap2 /* i386, where SYS_mmap takes its arguments by address */
    const long number = SYS_mmap2;
#else
    const long number = SYS_mmap;
#endif
    long result = RAW_5_AND_ZERO(number, NULL, length, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1);
    return result < 0 && result > -4096 ? NULL : (void *)result;
}

#endif
