/* SPDX-License-Identifier: MIT */
/* Scenarios about what a program could notice; host.h says how they are used. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

static void bind_some(void)
{
    for (uint16_t port = 80; port < 90; port++)
        close(bind_tcp("bind", port));
}

void errno_on_success__unchanged(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    static const int values[] = {0, EACCES, EPERM, 12345, -1};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        errno = values[i];
        int result = bind(fd, (struct sockaddr *)&name, sizeof name);
        show_number("result", result);
        show_number("errno", errno);
        close(fd);
    }
}

void sigchld__never_sent(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    bind_some();
    usleep(20000);
    show_number("signals", signals);
}

void wait_for_any__ECHILD(void)
{
    bind_some();
    show("wait", waitpid(-1, NULL, 0));
    show("wait for all kinds", waitpid(-1, NULL, all_children()));
    show("without hanging", waitpid(-1, NULL, WNOHANG | all_children()));
    siginfo_t info;
    show("waitid", waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED));
}

/* As nearly every program waits: a clone that sends no SIGCHLD does not count (wait(2)). */
void wait_for_child__ECHILD(void)
{
    bind_some();
    show("wait", waitpid(-1, NULL, 0));
}

static void *wait_for_child(void *unused)
{
    (void)unused;
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    printf("waited: %s status %d\n", pid > 0 ? "child" : "none", status);
    return NULL;
}

void waiting_thread__not_woken(void)
{
    pthread_t thread;
    int hold[2];
    char byte;
    if (pipe(hold) != 0)
        err(EXIT_FAILURE, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 7 : 8);
    }
    pthread_create(&thread, NULL, wait_for_child, NULL);
    usleep(10000);
    bind_some();
    close(hold[1]);
    pthread_join(thread, NULL);
}

void own_child__still_there_to_wait_for(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    usleep(20000);
    bind_some();
    int status = -1;
    show_number("pid", waitpid(-1, &status, 0) == pid);
    show_number("status", status);
}

static void show_mask(void)
{
    /* The kernel's, with the two signals that libc hides. */
    unsigned long mask[16] = {0};
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, mask, 8);
    show_number("mask", (long)mask[0]);
}

void signal_mask__unchanged(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMAX);
    show_mask();
    bind_some();
    show_mask();
    sigprocmask(SIG_SETMASK, &set, NULL);
    bind_some();
    show_mask();
}

void signal_dispositions__unchanged(void)
{
    struct sigaction action;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGUSR1, count_signal);
    bind_some();
    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &action) == 0)
            printf("%d: %d %x\n", number,
                   action.sa_handler == SIG_DFL ? 0 : (action.sa_handler == SIG_IGN ? 1 : 2),
                   (unsigned)action.sa_flags);
    }
}

void blocked_signal__stays_pending(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    bind_some();
    sigpending(&set);
    show_number("SIGUSR1", sigismember(&set, SIGUSR1));
    show_number("SIGCHLD", sigismember(&set, SIGCHLD));
}

/* Counts what is open, and prints which. */
static void show_descriptors(void)
{
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf("open: %d flags %d\n", fd, fcntl(fd, F_GETFD));
    }
}

void descriptors__unchanged(void)
{
    show_descriptors();
    bind_some();
    show_descriptors();
    /* The lowest free number is what programs notice first. */
    show_number("next", dup(0));
}

static int count_mappings(void)
{
    int lines = 0, character;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && (character = getc(maps)) != EOF)
        lines += character == '\n';
    if (maps != NULL)
        fclose(maps);
    return lines;
}

void mappings__unchanged(void)
{
    bind_some();
    int before = count_mappings();
    bind_some();
    show_number("difference", count_mappings() - before);
}

void environment__unchanged(void)
{
    char **before = environ;
    char *first = environ[0];
    bind_some();
    show_number("same", before == environ && (environ == NULL || first == environ[0]));
}

void limits__unchanged(void)
{
    const struct rlimit few = {100, 200};
    setrlimit(RLIMIT_NOFILE, &few);
    bind_some();
    for (unsigned resource = 0; resource < RLIMIT_NLIMITS; resource++) {
        struct rlimit limit = {0, 0};
        getrlimit(resource, &limit);
        printf("limit %u: %ld %ld\n", resource, (long)limit.rlim_cur, (long)limit.rlim_max);
    }
}

void interval_timer__keeps_running(void)
{
    const struct sigaction action = {.sa_handler = count_signal};
    sigaction(SIGALRM, &action, NULL);
    alarm(1000);
    bind_some();
    show_number("alarm", alarm(0) > 990);
    show_number("signals", signals);
}

void parent_death_signal__unchanged(void)
{
    int number = 0;
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    bind_some();
    prctl(PR_GET_PDEATHSIG, &number);
    show_number("signal", number);
    show_number("dumpable", prctl(PR_GET_DUMPABLE));
    show_number("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

void working_directory_and_umask__unchanged(void)
{
    char path[256];
    umask(027);
    bind_some();
    puts(getcwd(path, sizeof path) == NULL ? "?" : path);
    show_number("umask", (int)umask(0));
}

/* POSIX locks go when the process closes any descriptor of the file; a copy's closes are not. */
void record_locks__kept(void)
{
    char path[] = "/tmp/privbind-host-XXXXXX";
    int fd = mkstemp(path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    show("lock", fcntl(fd, F_SETLK, &lock));
    bind_some();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
        fcntl(fd, F_GETLK, &lock);
        _exit(lock.l_type == F_UNLCK);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    show_number("lock lost", status);
    unlink(path);
}
