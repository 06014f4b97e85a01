/* SPDX-License-Identifier: MIT */
/* Programs for which no helper can be asked, and that must come to no harm by that. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* As the sandboxes of browsers do: the forbidden call says ENOSYS. */
static void answer_ENOSYS(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
#ifdef __x86_64__
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#else
    (void)context;
#endif
}

void trapping_sandbox__EACCES(void)
{
    const struct sigaction action = {.sa_sigaction = answer_ENOSYS, .sa_flags = SA_SIGINFO};
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    sigaction(SIGSYS, &action, NULL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
    bind_tcp("bind", 80);
}

void fork_after_bind(void)
{
    bind_tcp("bind", 80);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(getpid() == 1 ? 0 : 1);
    int status = -1;
    show("fork", pid < 0 ? -1 : 0);
    waitpid(pid, &status, 0);
    show_number("status of the first process", status);
}
