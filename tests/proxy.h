/* SPDX-License-Identifier: MIT */
/* A launcher that stands for a supervised host program: starting it, and reading what that says. */
#ifndef PRIVBIND_TEST_PROXY_H
#define PRIVBIND_TEST_PROXY_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define STATIC_HOST SANDBOX_DIR "/host-static"

struct proxy_run {
    pid_t launcher;   /* the test's child, leader of a process group */
    pid_t command;    /* the host program, 0 if the scenario does not say it */
    pid_t supervisor; /* its parent */
    FILE *lines;      /* what it writes, to stdout and stderr */
    int descriptor;   /* of lines */
    char line[256];   /* the last one */
};

/*
 * Starts a scenario. says_ready tells whether it begins with say_ready() of tests/host/proxy.c,
 * which is awaited then. before (may be NULL) is called between fork(2) and execve(2).
 */
void proxy_start(struct proxy_run *run, const char *scenario, bool says_ready,
                 void (*before)(void));

/* Reads one line. Returns it without its end, or why there is none within a minute. */
const char *proxy_line(struct proxy_run *run);

/* Whether nothing more comes, and the output is closed, within a minute. */
bool proxy_is_silent(struct proxy_run *run);

/* Whether a process has, within a minute, one of these states (proc(5)); 'X': it is gone. */
bool proxy_state(pid_t pid, const char *states);

/* Waits for the launcher's end, a minute at the most. Returns its status as waitpid(2) has it. */
int proxy_wait(struct proxy_run *run);

#endif
