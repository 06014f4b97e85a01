/* SPDX-License-Identifier: MIT */
#include "jobs.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACTIVE_MAX 4    /* they keep two processors busy */
#define RUNNING_MAX 200 /* with those that wait */
#define TIME_LIMIT 60   /* seconds, of one job: a hang */
#define VARIABLES_MAX 16

static const struct sockaddr_un log_name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

static void put_address(char *text, size_t size, size_t job)
{
    snprintf(text, size, "127.%zu.%zu.%zu", 1 + (job >> 16), job >> 8 & 255, job & 255);
}

static int open_log(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* A /dev of its own, with little in it, so that the machine's log is not touched. */
    if (mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "/dev");
    close(open("/dev/null", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    chmod("/dev/null", 0666);
    if (bind(fd, (const struct sockaddr *)&log_name, sizeof log_name) != 0 ||
        chmod(log_name.sun_path, 0666) != 0)
        err(EXIT_FAILURE, "/dev/log");
    return fd;
}

/* Counts what was granted to whom, until somebody says "end". */
static pid_t start_log(struct inject_job *jobs, size_t count)
{
    char line[1024];
    ssize_t length;
    int fd = open_log();
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) {
        close(fd);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while ((length = recv(fd, line, sizeof line - 1, 0)) >= 0) {
        size_t a, b, c;
        line[length] = '\0';
        if (strcmp(line, "end") == 0)
            _exit(EXIT_SUCCESS);
        const char *allowed = strstr(line, ": granted tcp 127.");
        if (allowed == NULL || sscanf(allowed, ": granted tcp 127.%zu.%zu.%zu:", &a, &b, &c) != 3)
            continue;
        const size_t job = (a - 1) << 16 | b << 8 | c;
        if (job < count)
            jobs[job].logged++;
    }
    _exit(EXIT_FAILURE);
}

/* What was sent before the end has been counted then. */
static void end_log(pid_t pid)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = -1;
    if (sendto(fd, "end", 3, 0, (const struct sockaddr *)&log_name, sizeof log_name) != 3 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        err(EXIT_FAILURE, "the log of the test");
    close(fd);
    if (umount("/dev") != 0)
        err(EXIT_FAILURE, "/dev");
}

static void run_job(const struct inject_plan *plan, struct inject_job *job, size_t index,
                    inject_judgement *judge)
{
    static struct inject_trace trace;
    const char *environment[VARIABLES_MAX];
    struct inject_program program = plan->program;
    char address[64] = "PRIVBIND_TEST_ADDRESS=", port[64];
    size_t count = 0;
    put_address(address + strlen(address), sizeof address - strlen(address), index);
    snprintf(port, sizeof port, "PRIVBIND_TEST_PORT=%u", plan->port);
    for (; count < VARIABLES_MAX - 3 && program.environment[count] != NULL; count++)
        environment[count] = program.environment[count];
    environment[count++] = address;
    environment[count++] = port;
    environment[count] = NULL;
    program.environment = environment;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    alarm(TIME_LIMIT);
    if (inject_run(&program, &job->injection, &job->parked, &trace))
        judge(plan, job, &trace);
    else
        snprintf(job->failure, sizeof job->failure, "cannot be traced");
    job->is_done = true;
    _exit(EXIT_SUCCESS);
}

static size_t active(const struct inject_job *jobs, const pid_t *pids, size_t count)
{
    size_t active_count = 0;
    for (size_t i = 0; i < count; i++)
        active_count += pids[i] > 0 && !__atomic_load_n(&jobs[i].parked, __ATOMIC_RELAXED);
    return active_count;
}

/* Takes the jobs that have ended. Returns how many. */
static size_t reap(pid_t *pids, size_t count)
{
    size_t reaped = 0;
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (pids[i] == pid) {
                pids[i] = 0;
                reaped++;
            }
        }
    }
    return reaped;
}

void inject_run_jobs(const struct inject_plan *plan, struct inject_job *jobs, size_t count,
                     inject_judgement *judge)
{
    pid_t *pids = calloc(count, sizeof *pids);
    size_t started = 0, ended = 0;
    pid_t log = start_log(jobs, count);
    while (pids != NULL && ended < count) {
        ended += reap(pids, started);
        if (started == count || started - ended == RUNNING_MAX ||
            active(jobs, pids, started) >= ACTIVE_MAX) {
            usleep(500);
            continue;
        }
        pids[started] = fork();
        if (pids[started] == 0)
            run_job(plan, &jobs[started], started, judge);
        if (pids[started] < 0)
            err(EXIT_FAILURE, "fork");
        started++;
    }
    free(pids);
    end_log(log);
}
