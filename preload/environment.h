/* SPDX-License-Identifier: MIT */
/*
 * What the library takes from its surroundings: its settings from the environment, and the
 * function that it stands in front of.
 */
#ifndef PRIVBIND_ENVIRONMENT_H
#define PRIVBIND_ENVIRONMENT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "stderr.h"

struct settings {
    const char *helper; /* path of privbind-helper; lives as long as the process */
    const char *socket; /* "@NAME" of the resident helper of privbind -u, or NULL; lives as long */
    bool quiet;         /* PRIVBIND_QUIET=1: say nothing on stderr */
    bool debug;         /* PRIVBIND_DEBUG=1: also say what succeeds */
    /* valgrind accepts CLONE_VM only together with CLONE_VFORK (else it ends the process), and
       turns that into a fork(2): what the child writes to memory is lost. */
    bool below_valgrind;
    struct stderr_file stderr_at_start;
};

typedef int bind_function(int, const struct sockaddr *, socklen_t);

/* The settings; never fails, takes no lock. */
struct settings environment_settings(void);

/*
 * The bind that this library stands in front of: libc's or that of another preloaded library.
 * Returns NULL if there is no dlsym; the caller then makes the system call itself.
 * Async-signal-safe once the constructor has run.
 */
bind_function *environment_next_bind(void);

#endif
