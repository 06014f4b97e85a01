/* SPDX-License-Identifier: MIT */
/* 64-bit RISC-V. */
#define MACHINE_ELF EM_RISCV
#define MACHINE_64 AUDIT_ARCH_RISCV64
#define MACHINE_BIND_64 200
#define MACHINE_OTHER_BIND_64 MACHINE_BIND_64
#define MACHINE_32 AUDIT_ARCH_RISCV32
#define MACHINE_BIND_32 200
#define MACHINE_SOCKETCALL_32 MACHINE_BIND_32
#define MACHINE_NO_RESTORER

/* The linker addresses data by way of gp, which begins undefined. */
#define MACHINE_ENTRY(function)                                                                    \
    ".text\n.globl _start\n.type _start, %function\n"                                              \
    "_start:\n\t"                                                                                  \
    ".option push\n\t"                                                                             \
    ".option norelax\n\t"                                                                          \
    "lla gp, __global_pointer$\n\t"                                                                \
    ".option pop\n\t"                                                                              \
    "mv s0, zero\n\t" /* the outermost frame, for debuggers */                                     \
    "mv ra, zero\n\t"                                                                              \
    "mv a0, sp\n\t"                                                                                \
    "andi sp, sp, -16\n\t"                                                                         \
    "tail " function "\n"

static inline long raw_call_6(long n, long a, long b, long c, long d, long e, long f)
{
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                     : "memory");
    return a0;
}

static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    register long a7 __asm__("a7") = SYS_clone;
    register long a0 __asm__("a0") = (long)flags;
    register long a1 __asm__("a1") = (long)stack_end;
    register int *a2 __asm__("a2") = pid;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register int (*a5)(void *) __asm__("a5") = function;
    __asm__ volatile("ecall\n\t"
                     "bnez a0, 1f\n\t"
                     "mv a0, %[argument]\n\t"
                     "mv s0, zero\n\t"
                     "jalr a5\n\t"
                     "li a7, %[exit]\n\t"
                     "ecall\n\t"
                     "ebreak\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4),
                       "r"(a5), [argument] "r"(argument), [exit] "i"(SYS_exit)
                     : "memory");
    return a0;
}
