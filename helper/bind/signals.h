/* Signals as the kernel has them; libc's own sets keep some for itself. */
#ifndef PRIVBIND_SIGNALS_H
#define PRIVBIND_SIGNALS_H

#include <stdint.h>

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

#endif
