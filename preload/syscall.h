/*
 * Raw system calls: no errno, no cancellation point, no interceptor of a sanitizer or of another
 * preloaded library between us and the kernel. Each returns the kernel's value: the result, or a
 * negated errno (-4095 to -1).
 *
 * i386 passes at most five arguments here, since the sixth would need %ebp; the one call with six,
 * mmap, has an older form there that takes them by address.
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
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static inline void *raw_mmap(size_t length)
{
    long result;
    register long r10 __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS;
    register long r8 __asm__("r8") = -1;
    register long r9 __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_mmap), "D"(0L), "S"(length),
                       "d"((long)(PROT_READ | PROT_WRITE)), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return (void *)result;
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

static inline void *raw_mmap(size_t length)
{
    const unsigned long arguments[6] = {
        0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1ul, 0};
    return (void *)raw_call(SYS_mmap, (long)arguments, 0, 0, 0, 0);
}

#elif defined __aarch64__

static inline long raw_call6(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

static inline long raw_call(long n, long a, long b, long c, long d, long e)
{
    return raw_call6(n, a, b, c, d, e, 0);
}

static inline void *raw_mmap(size_t length)
{
    return (void *)raw_call6(SYS_mmap, 0, (long)length, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#else
#error "preload/syscall.h and preload/clone.h know x86_64, i386 and aarch64 only"
#endif

#define RAW_5(n, a, b, c, d, e) raw_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define RAW_4(n, a, b, c, d) RAW_5(n, a, b, c, d, 0)
#define RAW_3(n, a, b, c) RAW_5(n, a, b, c, 0, 0)
#define RAW_2(n, a, b) RAW_5(n, a, b, 0, 0, 0)
#define RAW_1(n, a) RAW_5(n, a, 0, 0, 0, 0)
#define RAW_0(n) RAW_5(n, 0, 0, 0, 0, 0)

/* Whether what raw_mmap() returned is a negated errno instead of an address. */
static inline int raw_mmap_failed(const void *result)
{
    return (unsigned long)result > -4096ul;
}

#endif
