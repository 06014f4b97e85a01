/*
 * What a process that is to hold the capability does to itself before it serves anybody; and what
 * it and the launcher ask the kernel about signals and other processes.
 */
#ifndef PRIVBIND_PROCESS_H
#define PRIVBIND_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/identity.h"

/*
 * Fills in who this process is by its real ids: those of whoever executed it. An effective id may
 * be somebody else's, that of the owner of a setuid program that has the library loaded. May be
 * called once a process; returns false, with no groups, if they cannot be had.
 */
bool process_identify(struct identity *identity);

/* A set of signals as the kernel has it; libc's own keeps some of them for itself. */
typedef uint64_t process_signals;
#define PROCESS_ALL_SIGNALS (~(process_signals)0)
#define PROCESS_SIGNAL(number) ((process_signals)1 << ((number)-1))

/*
 * Blocks every signal, and returns those that were blocked. One that the caller sends, or has left
 * pending, must not stop a bind half way. SIGKILL and SIGSTOP can, but the log entry comes before
 * the bind.
 */
process_signals process_block_signals(void);

/*
 * Ends this process when that many seconds are over, and blocks every signal but the SIGALRM that
 * does so. Otherwise a caller could keep a grant that was decided, with SIGSTOP, for the day when
 * the rule is gone, or have the process wait for ever (prctl(2), PR_SET_TIMERSLACK). All that a
 * caller can do with SIGALRM is what SIGKILL does.
 */
void process_limit_lifetime(unsigned seconds);

/* Blocks these and no other. */
void process_set_blocked(process_signals signals);

/*
 * Takes one of these signals, which must be blocked, if any is pending. Returns whether there was
 * one, and what the kernel knows of it.
 */
bool process_take_signal(process_signals signals, siginfo_t *info);

/* Returns the signals that are blocked and have come. */
process_signals process_pending_signals(void);

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

/*
 * Closes a descriptor that somebody hostile may have had a hand in. Its last close may wait, for as
 * long as SO_LINGER of a socket or the driver of a device says, and so may that of the descriptors
 * that are queued in it (unix(7), SCM_RIGHTS). Then a child waits, killed, and not this process:
 * for one that is ending a socket does not linger. The caller reaps it, or ignores SIGCHLD. Without
 * a free process slot it closes by itself.
 */
void process_close_aside(int descriptor);

/*
 * A number from /proc/PID/status (proc(5)). field is its name with the colon. Returns 0 if there is
 * none, or the file cannot be read.
 */
unsigned long process_status_number(const char *path, const char *field);

/* Returns the process group of a pidfd's process, -1 if it has ended or there is no /proc. */
pid_t process_group_of(int pidfd);

#endif
