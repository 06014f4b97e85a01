/* SPDX-License-Identifier: MIT */
/* Signals as the kernel has them; libc keeps some out of its own sets. */
#ifndef PRIVBIND_SIGNALS_H
#define PRIVBIND_SIGNALS_H

#include <stdint.h>

/* A set of signals as the kernel has it; libc's own leaves some out. */
typedef uint64_t process_signals;
#define PROCESS_ALL_SIGNALS (~(process_signals)0)
#define PROCESS_SIGNAL(number) ((process_signals)1 << ((number)-1))

/* Blocks every signal, and returns those that were blocked before. */
process_signals process_block_signals(void);

/* Blocks these and no other. */
void process_set_blocked(process_signals signals);

#endif
