/* SPDX-License-Identifier: MIT */
#include "proxy.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

#define MINUTE 60000 /* milliseconds */

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

void proxy_start(struct proxy_run *run, const char *scenario, bool says_ready, void (*before)(void))
{
    int channel[2];
    *run = (struct proxy_run){0};
    if (pipe2(channel, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    run->launcher = fork();
    if (run->launcher == 0) {
        setpgid(0, 0);
        dup2(channel[1], STDOUT_FILENO);
        dup2(channel[1], STDERR_FILENO);
        sandbox_become_target(false);
        if (before != NULL)
            before();
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", STATIC_HOST, scenario, NULL,
               environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(channel[1]);
    run->descriptor = channel[0];
    run->lines = fdopen(channel[0], "r");
    setvbuf(run->lines, NULL, _IONBF, 0);
    if (says_ready && sscanf(proxy_line(run), "ready %d %d", &run->command, &run->supervisor) != 2)
        errx(EXIT_FAILURE, "%s: %s", scenario, run->line);
}

const char *proxy_line(struct proxy_run *run)
{
    struct pollfd lines = {run->descriptor, POLLIN, 0};
    if (poll(&lines, 1, MINUTE) != 1)
        return strcpy(run->line, "nothing within a minute");
    if (fgets(run->line, sizeof run->line, run->lines) == NULL)
        return strcpy(run->line, "end of output");
    run->line[strcspn(run->line, "\n")] = '\0';
    return run->line;
}

bool proxy_is_silent(struct proxy_run *run)
{
    return strcmp(proxy_line(run), "end of output") == 0;
}

static char state_of(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    const char *name_end = length > 0 ? strrchr(text, ')') : NULL;
    return name_end == NULL ? 'X' : name_end[2];
}

bool proxy_state(pid_t pid, const char *states)
{
    for (int i = 0; i < MINUTE; i++) {
        if (strchr(states, state_of(pid)) != NULL)
            return true;
        usleep(1000);
    }
    return false;
}

int proxy_wait(struct proxy_run *run)
{
    int status = -1;
    for (int i = 0; i < MINUTE && waitpid(run->launcher, &status, WNOHANG) == 0; i++)
        usleep(1000);
    fclose(run->lines);
    return status;
}
