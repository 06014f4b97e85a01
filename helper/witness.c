#include "witness.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Takes every signal that it has got; nobody asks which process sent them. */
static process_signals drain(void)
{
    process_signals seen = 0;
    siginfo_t info;
    while (process_take_signal(PROCESS_ALL_SIGNALS, &info))
        seen |= PROCESS_SIGNAL(info.si_signo);
    return seen;
}

_Noreturn static void watch(int channel)
{
    char question;
    /* No pipe, folder or terminal of the command's is held open by it. */
    dup2(channel, STDIN_FILENO);
    process_close_from(STDIN_FILENO + 1);
    if (chdir("/") != 0)
        _exit(EXIT_FAILURE);
    while (recv(STDIN_FILENO, &question, sizeof question, 0) == sizeof question) {
        const process_signals seen = drain();
        send(STDIN_FILENO, &seen, sizeof seen, MSG_NOSIGNAL);
    }
    _exit(EXIT_SUCCESS);
}

int witness_start(void)
{
    /* One that somebody stops must not hold this process for ever. */
    const struct timeval patience = {.tv_sec = 1};
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return -1;
    setsockopt(channel[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    pid_t pid = fork();
    if (pid == 0)
        watch(channel[1]);
    close(channel[1]);
    return pid < 0 ? -1 : channel[0];
}

/*
 * kill(2) and terminals signal one process of a group after the other, holding tasklist_lock for
 * reading; setpgid(2) takes it for writing, before it finds that there is no such group. So those
 * that have begun are done when it returns.
 */
static void let_group_signals_finish(void)
{
    setpgid(0, INT_MAX);
}

process_signals witness_ask(int witness)
{
    process_signals seen = 0;
    ssize_t count;
    let_group_signals_finish();
    if (send(witness, "", 1, MSG_NOSIGNAL) != 1)
        return 0;
    /* A stop interrupts it where a time limit is set (signal(7)). */
    while ((count = recv(witness, &seen, sizeof seen, 0)) < 0 && errno == EINTR)
        continue;
    /* An answer that comes later would be taken for the next one's. */
    if (count != sizeof seen)
        shutdown(witness, SHUT_RDWR);
    let_group_signals_finish();
    return seen;
}
