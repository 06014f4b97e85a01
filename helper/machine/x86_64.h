/* SPDX-License-Identifier: MIT */
/* x86_64; a supervisor here serves programs of 32 bits and of x32, too. */
#define MACHINE_ELF EM_X86_64
#define MACHINE_64 AUDIT_ARCH_X86_64
#define MACHINE_BIND_64 49
#define MACHINE_OTHER_BIND_64 (0x40000000 | MACHINE_BIND_64) /* x32: the same, and this bit */
#define MACHINE_32 AUDIT_ARCH_I386
#define MACHINE_BIND_32 361
#define MACHINE_SOCKETCALL_32 102

#define MACHINE_ENTRY(function)                                                                    \
    ".text\n.globl _start\n.type _start, %function\n"                                              \
    "_start:\n\t"                                                                                  \
    "xor %ebp, %ebp\n\t" /* the outermost frame, for debuggers */                                  \
    "mov %rsp, %rdi\n\t"                                                                           \
    "and $-16, %rsp\n\t"                                                                           \
    "call " function "\n\t"                                                                        \
    "hlt\n"

/* rt_sigreturn(2), which finds the stack as the kernel has set it up for the handler. */
#define MACHINE_RESTORER restore_after_handler
__attribute__((naked, unused)) static void restore_after_handler(void)
{
    __asm__ volatile("mov %[number], %%eax\n\tsyscall" : : [number] "i"(SYS_rt_sigreturn));
}

static inline long raw_call_6(long n, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    long result;
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register int (*r9)(void *) __asm__("r9") = function;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "mov %[argument], %%rdi\n\t"
                     "xor %%ebp, %%ebp\n\t" /* the outermost frame, for debuggers */
                     "call *%%r9\n\t"
                     "mov %%eax, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"((long)SYS_clone), "D"(flags), "S"(stack_end), "d"(pid), "r"(r10),
                       "r"(r8), "r"(r9), [argument] "r"(argument), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory", "cc");
    return result;
}
