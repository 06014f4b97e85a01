/* SPDX-License-Identifier: MIT */
/* Scenarios in which a bind with the capability works and a delegated one cannot. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(unsigned resource)
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

static void *bind_81(void *unused)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 81);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return (void *)(intptr_t)bind(fd, (struct sockaddr *)&name, sizeof name);
}

/* The helper takes two seconds: the first bind has begun, as the broker shows, and not ended. */
void second_bind_without_memory__EACCES(void)
{
    pthread_t thread;
    void *result;
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    if (pthread_create(&thread, NULL, bind_81, NULL) != 0)
        errx(EXIT_FAILURE, "thread");
    while (waitpid(-1, NULL, WNOHANG | (int)__WCLONE) < 0)
        usleep(1000);
    setvbuf(stdout, NULL, _IONBF, 0);
    limit(RLIMIT_AS);
    show_bind("second", fd, &name, sizeof name);
    pthread_join(thread, &result);
    show_number("first", (long)(intptr_t)result);
}

void no_process_slot__EACCES(void)
{
    limit(RLIMIT_NPROC);
    bind_tcp("bind", 80);
}

void no_descriptor__EACCES(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    const struct rlimit three = {3, 3};
    setrlimit(RLIMIT_NOFILE, &three);
    show_bind("bind", fd, &name, sizeof name);
}

void plain_bind__EACCES(void)
{
    bind_tcp("bind", 80);
}

/* Starts this program anew, so that what is descriptor 2 now is what it starts with. */
static void start_anew(void)
{
    execl("/proc/self/exe", "host", "plain_bind__EACCES", NULL);
    err(EXIT_FAILURE, "/proc/self/exe");
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
    start_anew();
}

void broken_stderr__no_SIGPIPE(void)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        err(EXIT_FAILURE, "pipe");
    close(pipe_ends[0]);
    dup2(pipe_ends[1], STDERR_FILENO);
    start_anew();
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

/* A data file that happens to be descriptor 2 now. */
void file_at_stderr__not_written_to(void)
{
    char path[] = "/tmp/privbind-host-XXXXXX", byte;
    int fd = mkstemp(path);
    unlink(path);
    dup2(fd, STDERR_FILENO);
    bind_tcp("bind", 80);
    show_number("bytes in the file", pread(fd, &byte, 1, 0));
}

/* A pipe of its own, as between threads. */
void pipe_at_stderr__not_written_to(void)
{
    int pipe_ends[2], waiting = -1;
    if (pipe(pipe_ends) != 0)
        err(EXIT_FAILURE, "pipe");
    dup2(pipe_ends[1], STDERR_FILENO);
    bind_tcp("bind", 80);
    ioctl(pipe_ends[0], FIONREAD, &waiting);
    show_number("bytes in the pipe", waiting);
}

/* With no process to be had the host itself writes, to a log file that has reached its limit. */
void stderr_at_size_limit__no_SIGXFSZ(void)
{
    char path[] = "/tmp/privbind-host-XXXXXX";
    const struct rlimit none = {0, 0};
    int fd = mkstemp(path);
    fcntl(fd, F_SETFL, O_APPEND);
    unlink(path);
    dup2(fd, STDERR_FILENO);
    limit(RLIMIT_NPROC);
    setrlimit(RLIMIT_FSIZE, &none);
    int socket = new_socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    int result = bind(socket, (struct sockaddr *)&name, sizeof name);
    show("bind", result);
}

static void enter_sandbox_without_bind(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bind, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

/* EACCES from somebody who has not read the address. */
void bad_pointer_and_seccomp_EACCES__no_crash(void)
{
    const void *volatile wild = (const void *)16;
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    enter_sandbox_without_bind();
    show_bind("wild", fd, wild, sizeof(struct sockaddr_in));
}

/* Only a port that takes a privilege may be had from outside of the sandbox. */
void sandboxed_bind__EACCES(void)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 8080);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    enter_sandbox_without_bind();
    show_bind("bind", fd, &name, sizeof name);
}

/* The helper of this test binds what it can and dies without a word. */
void second_bind_fails__not_taken_for_success(void)
{
    struct sockaddr_in first = ipv4("127.0.0.1", 80), second = ipv4("127.0.0.2", 80);
    int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    show_bind("first", fd, &first, sizeof first);
    show_bind("second", fd, &second, sizeof second);
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

/* A shell stops the job while a bind is under way; then somebody continues the program alone. */
void stopped_with_its_group_continued_alone__bound(void)
{
    pid_t program = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        usleep(200000);
        kill(-program, SIGSTOP);
        usleep(50000);
        kill(program, SIGCONT);
        _exit(0);
    }
    setpgid(0, 0);
    bind_tcp("bind", 80);
}
