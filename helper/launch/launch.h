/* Starting the command, with the library loaded into it or supervised. */
#ifndef PRIVBIND_LAUNCH_H
#define PRIVBIND_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

/* privbind's own exit statuses, as those of env(1), nohup(1) and timeout(1). */
enum {
    EXIT_OWN_FAILURE = 125,
    EXIT_CANNOT_EXECUTE = 126,
    EXIT_NOT_FOUND = 127,
};

/* How the command is made able to bind. */
enum launch_mode {
    MODE_AUTO,    /* MODE_PRELOAD if that reaches it, else MODE_SECCOMP */
    MODE_PRELOAD, /* the library is loaded into it */
    MODE_SECCOMP, /* a supervisor answers its system calls */
};

struct launch {
    enum launch_mode mode;
    const char *user;        /* USER[:GROUP] with -u, else NULL */
    const char *const *what; /* each -a */
    size_t what_count;
    bool no_new_privs;
    char **command; /* its arguments, NULL-terminated */
};

/* Says on stderr what failed, as "privbind: ...". Returns EXIT_OWN_FAILURE. */
__attribute__((format(printf, 1, 2))) int launch_failed(const char *format, ...);

/* Whether a variable of the environment is 1: PRIVBIND_DEBUG, PRIVBIND_QUIET. */
bool launch_is_on(const char *variable);

/*
 * Finds the library: beside this program's file, as it is built and as it may lie in a container,
 * else where it is installed. Returns a path of its own memory.
 */
const char *launch_library(void);

/* Executes the command. Returns only if that fails: the exit status, with a message on stderr. */
int launch_command(const struct launch *launch);

#endif
