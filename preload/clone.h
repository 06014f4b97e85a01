/*
 * clone(2) with a child that shares memory but has a stack of its own. libc's wrapper would do, but
 * may be intercepted and writes errno into the thread-local storage that parent and child share
 * here.
 */
#ifndef PRIVBIND_CLONE_H
#define PRIVBIND_CLONE_H

#include <sys/syscall.h>

#include "syscall.h" /* for its #error on other machines */

/*
 * Starts a child that runs function(argument) on the stack that ends at stack_end (16-byte
 * aligned, growing down) and exits with what it returns, through exit(2): no handler of the host
 * runs. flags are those of clone(2) and must not ask for TLS or the child's thread id; pid is where
 * CLONE_PARENT_SETTID puts the child's, else NULL.
 * Returns the child's pid in the parent, or a negated errno.
 *
 * The child never returns from here, so one frame can serve both: its registers are copies, and
 * it reads function and argument from registers before it touches its empty stack.
 */
static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    long result;
#if defined __x86_64__
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
#elif defined __i386__
    /* All argument registers are taken, so function and argument travel on the child's stack. */
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
#elif defined __aarch64__
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
    result = x0;
#endif
    return result;
}

#endif
