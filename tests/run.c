/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "older.h"
#include "sandbox.h"

#define TIME_LIMIT 60 /* seconds */

/* An emulated or a busy machine needs more. */
static double time_limit(void)
{
    const char *value = getenv("PRIVBIND_TIME_LIMIT");
    return value == NULL ? TIME_LIMIT : strtod(value, NULL);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void exec_target(const struct run *run, int output, int error)
{
    static const char *const no_environment[] = {NULL};
    int null = open("/dev/null", O_RDONLY);
    if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        (!run->keeps_stderr && dup2(error, STDERR_FILENO) < 0))
        err(EXIT_FAILURE, "dup2");
    closefrom(3);
    if (!run->shares_network) {
        if (unshare(CLONE_NEWNET) != 0)
            err(EXIT_FAILURE, "network namespace");
        sandbox_start_loopback();
    }
    if (run->as_root != NULL)
        run->as_root();
    if (!run->stays_root)
        sandbox_become_target(run->capable);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (run->as_target != NULL)
        run->as_target();
    execve(run->argv[0], (char *const *)run->argv,
           (char *const *)(run->environment == NULL ? no_environment : run->environment));
    err(126, "%s", run->argv[0]);
}

/* Appends what can be read; returns false at the end. */
static bool drain(int fd, char *buffer, size_t size)
{
    size_t used = strlen(buffer);
    ssize_t count = read(fd, buffer + used, size - 1 - used);
    if (count > 0)
        buffer[used + (size_t)count] = '\0';
    return count > 0;
}

static void catch_output(struct run_result *result, int output, int error, double deadline)
{
    struct pollfd fds[] = {{output, POLLIN, 0}, {error, POLLIN, 0}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        int left = (int)((deadline - now()) * 1000);
        if (left <= 0 || poll(fds, 2, left) <= 0)
            return;
        if (fds[0].revents != 0 &&
            !drain(output, result->standard_output, sizeof result->standard_output))
            fds[0].fd = -1;
        if (fds[1].revents != 0 &&
            !drain(error, result->standard_error, sizeof result->standard_error))
            fds[1].fd = -1;
    }
}

const struct run_result *run(const struct run *run)
{
    static struct run_result result;
    int output[2], error[2];
    const double start = now(), deadline = start + time_limit();

    memset(&result, 0, sizeof result);
    fflush(NULL);
    if (pipe2(output, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    pid_t pid = fork();
    if (pid < 0)
        err(EXIT_FAILURE, "fork");
    if (pid == 0)
        exec_target(run, output[1], error[1]);
    close(output[1]);
    close(error[1]);
    catch_output(&result, output[0], error[0], deadline);
    while (now() < deadline && waitpid(pid, &result.status, WNOHANG) == 0)
        usleep(200);
    if (now() >= deadline) {
        kill(pid, SIGKILL);
        waitpid(pid, &result.status, 0);
    }
    close(output[0]);
    close(error[0]);
    result.seconds = now() - start;
    return &result;
}

double run_patience(void)
{
    const double patience = time_limit() / TIME_LIMIT;
    return patience > 1 ? patience : 1;
}

bool run_took_less(const struct run_result *result, double seconds)
{
    return result->seconds < seconds * run_patience();
}

/* This process is number 1 of its PID namespace: whatever is left alive there is its child. */
bool run_left_nothing(void)
{
    for (int attempt = 0; attempt < 2000; attempt++) {
        pid_t pid = waitpid(-1, NULL, WNOHANG | (int)__WALL);
        if (pid < 0 && errno == ECHILD)
            return true;
        if (pid == 0)
            usleep(5000);
    }
    return false;
}
