/* SPDX-License-Identifier: MIT */
/* A scenario about process numbers that come again. host.h says how it is used. */
#include "host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of both children at the same place. */
static struct sockaddr_in address;

static void start_child(sigset_t *set, bool binds)
{
    int number;
    pid_t pid = fork();
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        return;
    }
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    printf("number: %d\n", (int)getpid());
    fflush(stdout);
    sigwait(set, &number);
    if (binds)
        show("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
    show_name(fd);
    exit(EXIT_SUCCESS);
}

/*
 * A child asks for a bind, and the test kills it in its midst. Another one with the same number has
 * the same address, and a socket under the same number, and asks for nothing.
 */
void number_comes_again_in_the_middle(void)
{
    sigset_t set;
    int number;
    address = ipv4("0.0.0.0", 80);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    printf("ready %d %d\n", (int)getpid(), (int)getppid());
    fflush(stdout);
    start_child(&set, true);
    sigwait(&set, &number);
    start_child(&set, false);
}
