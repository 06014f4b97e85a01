/* SPDX-License-Identifier: MIT */
#include "launch/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/descriptors.h"
#include "launch/signals.h"

/* If the group was stopped, so was the witness; after a while the witness is sent SIGCONT. */
#define PATIENCE 100L /* milliseconds */
#define ATTEMPTS 100

/* Takes every signal that the witness has got, and returns all but SIGCONTs that its parent
   sent. */
static process_signals drain(void)
{
    process_signals seen = 0;
    siginfo_t info;
    while (process_take_signal(PROCESS_ALL_SIGNALS, &info)) {
        if (info.si_signo != SIGCONT || info.si_code != SI_USER || info.si_pid != getppid())
            seen |= PROCESS_SIGNAL(info.si_signo);
    }
    return seen;
}

/*
 * pkill(1) and killall(1) signal every process with a given name, one after the other: the witness
 * would get what is meant for the launcher, and it would be taken for the group's. argv's strings
 * lie one after the other in memory.
 */
static void change_name(void)
{
    char text[1024];
    size_t length = 0;
    ssize_t count;
    prctl(PR_SET_NAME, "witness", 0, 0, 0);
    int line = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    while ((count = read(line, text, sizeof text)) > 0)
        length += (size_t)count;
    close(line);
    strncpy(program_invocation_name, "witness", length); /* and zeros */
}

_Noreturn static void watch(int channel, pid_t parent)
{
    char question;
    /* While the witness is stopped, it would not notice the end of the channel. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        _exit(EXIT_FAILURE);
    /* No pipe, directory or terminal of the command's is held open by it. */
    dup2(channel, STDIN_FILENO);
    process_close_from(STDIN_FILENO + 1);
    change_name();
    if (chdir("/") != 0)
        _exit(EXIT_FAILURE);
    while (recv(STDIN_FILENO, &question, sizeof question, 0) == sizeof question) {
        const process_signals seen = drain();
        send(STDIN_FILENO, &seen, sizeof seen, MSG_NOSIGNAL);
    }
    _exit(EXIT_SUCCESS);
}

bool witness_start(struct witness *witness)
{
    static const struct timeval patience = {.tv_usec = PATIENCE * 1000};
    const pid_t parent = getpid();
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return false;
    setsockopt(channel[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *witness = (struct witness){.pid = fork(), .channel = channel[0]};
    if (witness->pid == 0)
        watch(channel[1], parent);
    close(channel[1]);
    return witness->pid > 0;
}

void witness_end(const struct witness *witness)
{
    if (witness->pid <= 0)
        return;
    kill(witness->pid, SIGKILL);
    while (waitpid(witness->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/*
 * kill(2) and terminals signal one process of a group after the other, holding tasklist_lock for
 * reading; setpgid(2) takes that lock for writing before it finds that there is no such group. So
 * group signals that have begun are done when setpgid(2) returns.
 */
static void let_group_signals_finish(void)
{
    setpgid(0, INT_MAX);
}

/* Each signal that has come to the group before is in the answer, and has come here, too. */
static process_signals ask(const struct witness *witness)
{
    process_signals seen = 0;
    ssize_t count = -1;
    let_group_signals_finish();
    if (send(witness->channel, "", 1, MSG_NOSIGNAL) != 1)
        return 0;
    for (int i = 0; count < 0 && i < ATTEMPTS; i++) {
        count = recv(witness->channel, &seen, sizeof seen, 0);
        if (count < 0 && errno == EAGAIN)
            kill(witness->pid, SIGCONT);
        else if (count < 0 && errno != EINTR) /* a stop of this process (signal(7)) */
            break;
    }
    /* An answer that came later would be taken for the answer to the next question. */
    if (count != sizeof seen)
        shutdown(witness->channel, SHUT_RDWR);
    let_group_signals_finish();
    return seen;
}

/*
 * A signal that the witness has, and that is neither pending here nor just taken, has been dealt
 * with. Either two of the same signal became one, or a stop and a SIGCONT cancelled each other
 * (signal(7)). If one of the latter two went to the group and the other to this process alone, the
 * witness has only the first.
 */
bool witness_saw(struct witness *witness, int number)
{
    const process_signals stops = PROCESS_SIGNAL(SIGTSTP) | PROCESS_SIGNAL(SIGTTIN),
                          continues = PROCESS_SIGNAL(SIGCONT),
                          signal = number == 0 ? 0 : PROCESS_SIGNAL(number);
    const process_signals later = (signal & stops) != 0       ? continues
                                  : (signal & continues) != 0 ? stops
                                                              : 0;
    witness->for_group |= ask(witness);
    const process_signals pending = process_pending_signals();
    /* One more SIGCONT, to this process alone, may have taken back a stop of the group's. */
    const process_signals taken_back = (pending & continues) != 0 ? later & stops : 0;
    witness->for_group &= pending | signal | taken_back;
    return (witness->for_group & (signal | later)) != 0;
}
