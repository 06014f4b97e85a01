/* SPDX-License-Identifier: MIT */
/* Where the kernel keeps the number and the result of a system call, on each machine. */
#include "inject.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#ifdef __riscv
#include <asm/ptrace.h>
#endif

#ifdef __x86_64__
bool inject_registers(pid_t pid, bool skip, long result)
{
    struct user_regs_struct registers;
    struct iovec place = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &place) != 0)
        return false;
    if (skip)
        registers.orig_rax = (unsigned long long)-1;
    else
        registers.rax = (unsigned long long)result;
    return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &place) == 0;
}
#elif defined __aarch64__
bool inject_registers(pid_t pid, bool skip, long result)
{
    struct user_regs_struct registers;
    int none = -1;
    struct iovec place = {&registers, sizeof registers}, call = {&none, sizeof none};
    if (skip)
        return ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &call) == 0;
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &place) != 0)
        return false;
    registers.regs[0] = (unsigned long long)result;
    return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &place) == 0;
}
#elif defined __arm__
bool inject_registers(pid_t pid, bool skip, long result)
{
    struct user_regs registers;
    struct iovec place = {&registers, sizeof registers};
    if (skip) /* the kernel does not look at r7 again */
        return ptrace(PTRACE_SET_SYSCALL, pid, NULL, -1) == 0;
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &place) != 0)
        return false;
    registers.uregs[0] = (unsigned long)result;
    return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &place) == 0;
}
#elif defined __riscv
bool inject_registers(pid_t pid, bool skip, long result)
{
    static unsigned long skipped; /* one call, of one process */
    struct user_regs_struct registers;
    struct iovec place = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &place) != 0)
        return false;
    if (skip) {
        skipped = registers.a7;
        registers.a7 = (unsigned long)-1;
    } else {
        registers.a0 = (unsigned long)result;
        if (registers.a7 == (unsigned long)-1) /* a program may rely on it */
            registers.a7 = skipped;
    }
    return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &place) == 0;
}
#else
bool inject_registers(pid_t pid, bool skip, long result)
{
    (void)pid, (void)skip, (void)result;
    return false; /* not known here */
}
#endif
