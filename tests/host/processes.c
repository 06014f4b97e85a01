/* SPDX-License-Identifier: MIT */
/* Several processes below one supervisor. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "lingering.h"

/* Both have a socket of their own under the same number. */
void processes_in_turn(void)
{
    struct sockaddr_in parents = ipv4("0.0.0.0", 80), childs = ipv4("0.0.0.0", 81);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    bind(fd, (struct sockaddr *)&parents, sizeof parents);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(new_socket(AF_INET, SOCK_STREAM, 0), fd);
        bind(fd, (struct sockaddr *)&childs, sizeof childs);
        show_number("child", bound_port(fd));
        exit(EXIT_SUCCESS);
    }
    waitpid(pid, NULL, 0);
    show_number("parent", bound_port(fd));
}

void hundred_processes_in_turn(void)
{
    for (int i = 0; i < 100; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            bind_tcp("bind", 80);
            exit(EXIT_SUCCESS);
        }
        waitpid(pid, NULL, 0);
    }
}

void two_processes_denied(void)
{
    pid_t pid = fork();
    hundred_denied();
    if (pid == 0)
        exit(EXIT_SUCCESS);
    waitpid(pid, NULL, 0);
}

/* Killed while it binds the socket again and again; or a new one each time if that is -1. */
static void bind_until_killed(int fd, useconds_t time)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sockaddr_in address = ipv4("0.0.0.0", 90);
        for (;;) {
            int socket = fd >= 0 ? fd : new_socket(AF_INET, SOCK_STREAM, 0);
            bind(socket, (struct sockaddr *)&address, sizeof address);
            if (fd < 0)
                close(socket);
        }
    }
    close(fd);
    usleep(time);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The numbers of these processes may come again soon. */
void killed_in_the_middle(void)
{
    for (int i = 0; i < 200; i++)
        bind_until_killed(-1, (useconds_t)(i * 17 % 1000));
    bind_tcp("bind", 80);
}

/* The supervisor's copy is the last one then. */
void killed_with_a_lingering_socket(void)
{
    const time_t start = time(NULL);
    for (int i = 0; i < 20; i++)
        bind_until_killed(lingering_socket(), 1000);
    bind_tcp("bind", 80);
    puts(time(NULL) - start < 50 ? "in time" : "late");
}
