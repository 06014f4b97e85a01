/* Scenarios in which a bind with the capability works and a delegated one cannot. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void limit(int resource)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(resource, &none) != 0)
        err(EXIT_FAILURE, "setrlimit");
}

void no_address_space__EACCES(void)
{
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    show("warm up", 0); /* stdio has its buffer */
    limit(RLIMIT_AS);
    show_bind("bind", fd, &name, sizeof name);
}

void no_process_slot__EACCES(void)
{
    limit(RLIMIT_NPROC);
    bind_tcp("bind", 80);
}

/* A delegation that fails has something to say. */
void full_stderr__does_not_hang(void)
{
    int pipe_ends[2];
    char block[4096] = "";
    if (pipe(pipe_ends) != 0)
        err(EXIT_FAILURE, "pipe");
    fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
    while (write(pipe_ends[1], block, sizeof block) > 0)
        continue;
    fcntl(pipe_ends[1], F_SETFL, 0);
    dup2(pipe_ends[1], STDERR_FILENO);
    bind_tcp("bind", 80);
}

void broken_stderr__no_SIGPIPE(void)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        err(EXIT_FAILURE, "pipe");
    close(pipe_ends[0]);
    dup2(pipe_ends[1], STDERR_FILENO);
    bind_tcp("bind", 80);
}

void socket_at_stderr__not_written_to(void)
{
    int server = new_socket(AF_INET, SOCK_DGRAM, 0), client = new_socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name = ipv4("127.0.0.1", 8080);
    char byte;
    show("bind server", bind(server, (struct sockaddr *)&name, sizeof name));
    show("connect", connect(client, (struct sockaddr *)&name, sizeof name));
    dup2(client, STDERR_FILENO);
    bind_tcp("bind", 80);
    show("received", (int)recv(server, &byte, 1, MSG_DONTWAIT));
}

static void do_nothing(int number)
{
    (void)number;
}

/* The interrupt key reaches the whole process group; this program handles it. */
void interrupt_during_bind__bound(void)
{
    signal(SIGINT, do_nothing);
    setpgid(0, 0);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_IGN);
        for (int i = 0; i < 20; i++) {
            usleep(20000);
            kill(0, SIGINT);
        }
        _exit(0);
    }
    bind_tcp("bind", 80);
}
