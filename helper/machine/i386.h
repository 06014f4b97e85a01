/* SPDX-License-Identifier: MIT */
/* i386; on a 64-bit kernel a supervisor serves 64-bit programs, too. */
#define MACHINE_ELF EM_386
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
    "mov %esp, %eax\n\t"                                                                           \
    "and $-16, %esp\n\t"                                                                           \
    "sub $12, %esp\n\t"                                                                            \
    "push %eax\n\t"                                                                                \
    "call " function "\n\t"                                                                        \
    "hlt\n"

/*
 * A sixth argument is passed in %ebp, and a signal handler could not unwind the stack from there,
 * as an asynchronous cancel does. So most calls leave %ebp alone, and raw_call_6() is for use with
 * all signals blocked, or without handlers.
 */
#define MACHINE_HAS_RAW_CALL_5
static inline long raw_call_5(long n, long a, long b, long c, long d, long e)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

/* All registers are taken: the first argument and the last come through memory. */
static inline long raw_call_6(long n, long a, long b, long c, long d, long e, long f)
{
    long result;
    const long first_and_last[2] = {a, f};
    __asm__ volatile("push %%ebp\n\t"
                     "push %%ebx\n\t"
                     "mov (%%ebx), %%ebp\n\t"
                     "xchg %%ebp, %%ebx\n\t"
                     "mov 4(%%ebp), %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebx\n\t"
                     "pop %%ebp"
                     : "=a"(result)
                     : "a"(n), "b"(first_and_last), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "cc");
    return result;
}

/* All argument registers are taken, so function and argument travel on the child's stack. */
static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    long result;
    void **top = (void **)stack_end - 5;
    top[0] = (void *)function;
    top[1] = argument; /* at the 16-byte boundary where the callee looks for its argument */
    __asm__ volatile("int $0x80\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "pop %%eax\n\t"
                     "call *%%eax\n\t"
                     "mov %%eax, %%ebx\n\t"
                     "mov %[exit], %%eax\n\t"
                     "int $0x80\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "b"(flags), "c"(top), "d"(pid), "S"(0),
                       "D"(0), [exit] "i"(SYS_exit)
                     : "memory", "cc");
    return result;
}
