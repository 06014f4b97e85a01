/* SPDX-License-Identifier: MIT */
/* Below privbind -u: who is still of the command, and who is not any more. */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* Even where nobody has waited for it yet (pidfd_open(2)). */
static void wait_for_end_of(pid_t pid)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (end.fd >= 0)
        poll(&end, 1, -1);
    close(end.fd);
}

/* A child of the command's parent outlives the command; the resident helper does not. */
void sibling_of_the_command(void)
{
    const pid_t command = getpid();
    fflush(stdout);
    if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL) != 0) {
        usleep(200000);
        return;
    }
    close(bind_tcp("beside", 80));
    fflush(stdout);
    wait_for_end_of(command);
    usleep(50000); /* the resident helper hears of that just now, too */
    close(bind_tcp("after", 80));
}

/* Prctl(2) tells the kernel who adopts orphans and what they get to know; it is not asked here. */
void orphan_of_a_subreaper(void)
{
    int status;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    fflush(stdout);
    const pid_t parent = fork();
    if (parent == 0) {
        const pid_t itself = getpid();
        if (fork() == 0) {
            setsid();
            wait_for_end_of(itself);
            close(bind_tcp("orphan", 80));
            exit(EXIT_SUCCESS);
        }
        _exit(0);
    }
    waitpid(parent, &status, 0);
    show_number("adopted", waitpid(-1, &status, 0) > 0 && status == 0);
    show_number("no other child", waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void *bind_after_main(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    usleep(100000);
    close(bind_tcp("thread", 80));
    exit(EXIT_SUCCESS);
}

/* The process goes on without its first thread. */
void main_thread_ends(void)
{
    static pthread_t main_thread, other;
    main_thread = pthread_self();
    pthread_create(&other, NULL, bind_after_main, &main_thread);
    pthread_exit(NULL);
}

static void *exec_self(void *unused)
{
    (void)unused;
    execl("/proc/self/exe", "host", "denied_81_allowed_80", NULL);
    return NULL;
}

/* Another thread takes the place of the first. */
void exec_in_a_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, exec_self, NULL);
    pthread_join(thread, NULL);
    puts("not executed");
}

/* Of the new user namespace, where they would be enough to bind in a network of one's own. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0}};
    syscall(SYS_capset, &header, sets);
}

static void bind_within(const char *what, int namespaces, bool in_chroot)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(namespaces) != 0 || (in_chroot && (chroot("/tmp") != 0 || chdir("/") != 0))) {
            show("no user namespace here", -1);
            exit(EXIT_FAILURE);
        }
        drop_capabilities();
        if (fork() == 0) { /* to be within a new PID namespace */
            close(bind_tcp(what, 80));
            exit(EXIT_SUCCESS);
        }
        wait(&status);
        exit(EXIT_SUCCESS);
    }
    waitpid(pid, &status, 0);
}

void from_other_namespaces(void)
{
    bind_within("same", 0, false);
    bind_within("user", CLONE_NEWUSER, false);
    bind_within("processes", CLONE_NEWUSER | CLONE_NEWPID, false);
    bind_within("mounts and root", CLONE_NEWUSER | CLONE_NEWNS, true);
    bind_within("network", CLONE_NEWUSER | CLONE_NEWNET, false);
}
