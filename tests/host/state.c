/* SPDX-License-Identifier: MIT */
/* Scenarios about the state of the process; host.h says how they are used. */
#include "host.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"

static int unbound(void)
{
    return new_socket(AF_INET, SOCK_STREAM, 0);
}

static void bind_80(int fd)
{
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    if (show_bind("bind", fd, &name, sizeof name) == 0)
        show_name(fd);
}

static void limit(unsigned resource, rlim_t soft, rlim_t hard)
{
    const struct rlimit limit = {soft, hard};
    if (setrlimit(resource, &limit) != 0)
        err(EXIT_FAILURE, "setrlimit");
}

void descriptors_exhausted__bound(void)
{
    int fd = unbound();
    limit(RLIMIT_NOFILE, 64, 64);
    while (dup(fd) >= 0)
        continue;
    show("dup", -1);
    bind_80(fd);
    show("dup", dup(fd));
}

void descriptor_limit_lowered__bound(void)
{
    int fd = unbound();
    limit(RLIMIT_NOFILE, 0, 64);
    bind_80(fd);
    close(fd);
    limit(RLIMIT_NOFILE, 4, 4);
    bind_tcp("bind under a hard limit of 4, all in use", 81);
}

/* The results have to get out, so stdout comes back afterwards from a high descriptor. */
static int hide_stdout(void)
{
    return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 500);
}

static void bind_with_closed(int first, int last, int socket_at)
{
    int saved = hide_stdout();
    struct sockaddr_in name = ipv4("0.0.0.0", 80);
    for (int fd = first; fd <= last; fd++)
        close(fd);
    int fd = unbound();
    if (socket_at >= 0 && fd != socket_at) {
        dup2(fd, socket_at);
        close(fd);
        fd = socket_at;
    }
    int result = bind(fd, (struct sockaddr *)&name, sizeof name);
    int error = errno;
    char byte;
    /* Nothing may have been written into what is descriptor 2 now. */
    ssize_t count = recv(fd, &byte, 1, MSG_DONTWAIT);
    int receive_error = errno;
    dup2(saved, STDOUT_FILENO);
    errno = error;
    show("bind", result);
    show_number("descriptor", fd);
    errno = receive_error;
    show("recv", (int)count);
}

void standard_descriptors_closed__bound(void)
{
    bind_with_closed(0, 2, -1);
}

void socket_is_descriptor_0__bound(void)
{
    bind_with_closed(0, 0, 0);
}

void socket_is_descriptor_1__bound(void)
{
    bind_with_closed(1, 1, 1);
}

void socket_is_descriptor_2__bound(void)
{
    bind_with_closed(2, 2, 2);
}

void socket_is_descriptor_0_of_all_in_use__bound(void)
{
    int fd = unbound();
    dup2(fd, STDIN_FILENO);
    limit(RLIMIT_NOFILE, 64, 64);
    while (dup(fd) >= 0)
        continue;
    bind_80(STDIN_FILENO);
}

void high_descriptor__bound(void)
{
    bind_80(fcntl(unbound(), F_DUPFD, 900));
}

void everything_closed__bound(void)
{
    bind_with_closed(0, 499, -1);
}

void environment_cleared__bound(void)
{
    clearenv();
    bind_80(unbound());
}

void sigchld_ignored__bound(void)
{
    signal(SIGCHLD, SIG_IGN);
    bind_80(unbound());
}

void no_cldwait__bound(void)
{
    const struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &action, NULL);
    bind_80(unbound());
}

void child_subreaper__no_child_left(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (uint16_t port = 80; port < 100; port++)
        bind_tcp("bind", port);
    usleep(50000); /* time for a stray child to arrive */
    show("wait", waitpid(-1, NULL, WNOHANG | all_children()));
}

void working_directory_deleted__bound(void)
{
    char path[] = "/tmp/privbind-host-XXXXXX";
    if (mkdtemp(path) == NULL || chdir(path) != 0 || rmdir(path) != 0)
        err(EXIT_FAILURE, "%s", path);
    bind_80(unbound());
    show("getcwd", getcwd(path, sizeof path) == NULL ? -1 : 0);
}

static volatile sig_atomic_t ticks;

static void count_tick(int signal_number)
{
    (void)signal_number;
    ticks++;
}

void timer_1khz__bound(void)
{
    const struct sigaction action = {.sa_handler = count_tick};
    const struct itimerval period = {{0, 1000}, {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &period, NULL);
    for (uint16_t port = 80; port < 380; port++)
        close(bind_tcp("bind", port));
    while (ticks < 5)
        pause();
}

void every_signal_ignored__bound(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    bind_80(unbound());
}

void umask_and_nice__bound(void)
{
    umask(0777);
    show_number("nice", nice(19));
    bind_80(unbound());
}

void small_stack_limit__bound(void)
{
    limit(RLIMIT_STACK, 65536, 65536);
    bind_80(unbound());
}

void core_and_file_size_limits_zero__bound(void)
{
    int fd = unbound();
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_MEMLOCK, 0, 0);
    bind_80(fd);
}

/* The soft limits only, as a daemon lowers them for itself. */
void memory_limits_exhausted__bound(void)
{
    static const unsigned resources[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK};
    int fd = unbound();
    puts("stdio has its buffer now");
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        struct rlimit memory;
        getrlimit(resources[i], &memory);
        memory.rlim_cur = 0;
        setrlimit(resources[i], &memory);
    }
    bind_80(fd);
    show("mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

/* The program handles them; nothing that works for it may die of them. */
void alarms_to_process_group__bound(void)
{
    signal(SIGALRM, count_alarm);
    setpgid(0, 0);
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            kill(0, SIGALRM);
            usleep(100);
        }
    }
    for (uint16_t port = 80; port < 180; port++)
        close(bind_tcp("bind", port));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Small pages, each one touched: fork(2) would copy 8 MiB of page tables. */
void four_gib_resident__bound(void)
{
    const size_t size = (size_t)4 << 30;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        err(EXIT_FAILURE, "4 GiB");
    madvise(memory, size, MADV_NOHUGEPAGE);
    /* Since Linux 5.14 without a fault for each. */
    if (madvise(memory, size, OLDER_POPULATE_WRITE) != 0) {
        for (size_t i = 0; i < size; i += 4096)
            memory[i] = 1;
    }
    bind_80(unbound());
}
