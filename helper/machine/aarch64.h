/* SPDX-License-Identifier: MIT */
/* aarch64; a supervisor here serves 32-bit programs, too. */
#define MACHINE_ELF EM_AARCH64
#define MACHINE_64 AUDIT_ARCH_AARCH64
#define MACHINE_BIND_64 200
#define MACHINE_OTHER_BIND_64 MACHINE_BIND_64
#define MACHINE_32 AUDIT_ARCH_ARM
#define MACHINE_BIND_32 282
#define MACHINE_SOCKETCALL_32 MACHINE_BIND_32

#define MACHINE_ENTRY(function)                                                                    \
    ".text\n.globl _start\n.type _start, %function\n"                                              \
    "_start:\n\t"                                                                                  \
    "mov x29, xzr\n\t" /* the outermost frame, for debuggers */                                    \
    "mov x30, xzr\n\t"                                                                             \
    "mov x0, sp\n\t"                                                                               \
    "b " function "\n"

static inline long raw_call_6(long n, long a, long b, long c, long d, long e, long f)
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

static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = (long)flags;
    register long x1 __asm__("x1") = (long)stack_end;
    register int *x2 __asm__("x2") = pid;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register int (*x5)(void *) __asm__("x5") = function;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x0, %[argument]\n\t"
                     "mov x29, xzr\n\t"
                     "blr x5\n\t"
                     "mov x8, %[exit]\n\t"
                     "svc #0\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4),
                       "r"(x5), [argument] "r"(argument), [exit] "i"(SYS_exit)
                     : "memory", "cc");
    return x0;
}
