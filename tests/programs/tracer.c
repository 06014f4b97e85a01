/* SPDX-License-Identifier: MIT */
/*
 * tracer COMMAND [ARGUMENT]...: runs a command as a debugger does that follows all children, and
 * exits with its status. An unprivileged strace -f, for machines without one.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status;

    if (argc < 2)
        errx(2, "usage: tracer COMMAND [ARGUMENT]...");
    pid_t command = fork();
    if (command == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(argv[1], argv + 1);
        err(127, "%s", argv[1]);
    }
    waitpid(command, &status, 0);
    if (ptrace(PTRACE_SETOPTIONS, command, NULL, options) != 0)
        err(EXIT_FAILURE, "ptrace");
    ptrace(PTRACE_CONT, command, NULL, 0);

    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (pid == command && (WIFEXITED(status) || WIFSIGNALED(status)))
            return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
        if (!WIFSTOPPED(status))
            continue;
        /* Events and the stop that a new child starts with are not for the program. */
        int number = WSTOPSIG(status);
        ptrace(PTRACE_CONT, pid, NULL, status >> 16 != 0 || number == SIGSTOP ? 0 : number);
    }
    return EXIT_FAILURE;
}
