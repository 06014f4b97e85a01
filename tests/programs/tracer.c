/* SPDX-License-Identifier: MIT */
/*
 * tracer [-d] COMMAND [ARGUMENT]...: runs a command as a debugger does that follows all children,
 * and exits with its status. An unprivileged strace -f, for machines without one. With -d it lets a
 * child go when that has executed a program, as ltrace does.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status;

    const int detaches = argc > 1 && strcmp(argv[1], "-d") == 0;

    argv += detaches;
    if (argc < 2 + detaches)
        errx(2, "usage: tracer [-d] COMMAND [ARGUMENT]...");
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
        if (detaches && pid != command && status >> 16 == PTRACE_EVENT_EXEC) {
            ptrace(PTRACE_DETACH, pid, NULL, 0);
            continue;
        }
        /* Events and the stop that a new child starts with are not for the program. */
        int number = WSTOPSIG(status);
        ptrace(PTRACE_CONT, pid, NULL, status >> 16 != 0 || number == SIGSTOP ? 0 : number);
    }
    return EXIT_FAILURE;
}
