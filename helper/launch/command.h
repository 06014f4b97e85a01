/* SPDX-License-Identifier: MIT */
/* How a command can be made able to bind: what its words say. */
#ifndef PRIVBIND_COMMAND_H
#define PRIVBIND_COMMAND_H

#include <stdbool.h>

enum command_reach {
    COMMAND_REACHED,    /* by LD_PRELOAD, or nothing is known to the contrary */
    COMMAND_ESCAPES,    /* a program that LD_PRELOAD does not reach, but a supervisor does */
    COMMAND_PRIVILEGED, /* a program that gains privileges: supervision would take them away, and
                           the dynamic linker does not load the library into it (ld.so(8)) */
};

struct command_verdict {
    enum command_reach reach;
    const char *word; /* the one that decided */
    const char *why; /* about the word: "a static program"; for a privileged one, also what helps */
};

struct command_user {
    bool is_other;      /* the command will not run as the user of this process */
    bool gains_nothing; /* it will have no_new_privs */
};

/*
 * Looks at each word as execvp(3) would find it, through PATH and the interpreters of scripts:
 * "nice ./server" starts ./server. A word that is no program, or that only happens to name one,
 * does no harm: supervision serves all programs but privileged ones. Privileged programs count only
 * if the words before them may be a prefix with its options, as in "nice -n 5 sudo".
 *
 * words    of the command, NULL-terminated; at least one
 */
struct command_verdict command_judge(char *const words[], const struct command_user *user);

#endif
