/* SPDX-License-Identifier: MIT */
/* Starting the command, with the library loaded into it or supervised. */
#ifndef PRIVBIND_LAUNCH_H
#define PRIVBIND_LAUNCH_H

#include "launch/user.h"

/* How the command is made able to bind. */
enum launch_mode {
    MODE_AUTO,    /* MODE_PRELOAD if that reaches it, else MODE_SECCOMP */
    MODE_PRELOAD, /* the library is loaded into it */
    MODE_SECCOMP, /* a supervisor answers its bind(2) calls */
};

struct launch {
    enum launch_mode mode;
    struct user_options user;
    const char *const *listen; /* each --listen; with any, mode counts for nothing */
    size_t listen_count;
    char **command; /* its arguments, NULL-terminated */
};

/* Executes the command. Returns only if that fails: the exit status, with a message on stderr. */
int launch_command(const struct launch *launch);

#endif
