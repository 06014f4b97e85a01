/* SPDX-License-Identifier: MIT */
/* What a command tries against the process that binds for it: a resident helper or a supervisor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "older.h"

/* The process of the same user that has CAP_NET_BIND_SERVICE, or -1. */
static pid_t holder(void)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    pid_t found = -1;
    while (processes != NULL && found < 0 && (entry = readdir(processes)) != NULL) {
        char path[300], line[256];
        snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
        FILE *status = fopen(path, "re");
        while (status != NULL && fgets(line, sizeof line, status) != NULL) {
            if (strcmp(line, "CapPrm:\t0000000000000400\n") == 0)
                found = (pid_t)atoi(entry->d_name);
        }
        if (status != NULL)
            fclose(status);
    }
    closedir(processes);
    return found;
}

static pid_t victim;
static bool is_control;
static int victim_pidfd, succeeded;

/* Says what should not have been possible. */
static void tried(const char *what, long result)
{
    if (result < 0)
        return;
    succeeded++;
    if (!is_control)
        printf("possible: %s\n", what);
}

static void try_files(void)
{
    static const struct {
        const char *name;
        int flags;
    } files[] = {
        {"mem", O_RDWR},
        {"environ", O_RDONLY},
        {"maps", O_RDONLY},
        {"smaps", O_RDONLY},
        {"pagemap", O_RDONLY},
        {"auxv", O_RDONLY},
        {"io", O_RDONLY},
        {"syscall", O_RDONLY},
        {"stack", O_RDONLY},
        {"fd", O_RDONLY},
        {"fd/0", O_PATH},
        {"fdinfo/0", O_RDONLY},
        {"map_files", O_RDONLY},
        {"cwd", O_PATH},
        {"root", O_PATH},
        {"exe", O_RDONLY},
        {"ns/net", O_RDONLY},
        {"ns/user", O_RDONLY},
        {"comm", O_WRONLY},
        {"oom_score_adj", O_WRONLY},
        {"oom_adj", O_WRONLY},
        {"clear_refs", O_WRONLY},
        {"coredump_filter", O_WRONLY},
        {"uid_map", O_WRONLY},
        {"setgroups", O_WRONLY},
        {"autogroup", O_WRONLY},
        {"sched", O_WRONLY},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", victim, files[i].name);
        int fd = open(path, files[i].flags | O_CLOEXEC);
        tried(files[i].name, fd);
        close(fd);
    }
}

static void try_calls(void)
{
    char byte = 0;
    void *list;
    size_t length;
    struct iovec local = {&byte, 1}, remote = {&byte, 1};
    for (int fd = 0; fd < 8; fd++)
        tried("pidfd_getfd", syscall(SYS_pidfd_getfd, victim_pidfd, fd, 0));
    tried("process_vm_readv", syscall(SYS_process_vm_readv, victim, &local, 1, &remote, 1, 0));
    tried("process_vm_writev", syscall(SYS_process_vm_writev, victim, &local, 1, &remote, 1, 0));
    tried("kcmp", syscall(SYS_kcmp, getpid(), victim, KCMP_FS, 0, 0));
    tried("get_robust_list", syscall(SYS_get_robust_list, victim, &list, &length));
    tried("setpgid", setpgid(victim, 0));
    tried("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, victim, 0, 0));
    tried("PTRACE_ATTACH", ptrace(PTRACE_ATTACH, victim, 0, 0));
}

static int attack(pid_t pid)
{
    victim = pid;
    victim_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    succeeded = 0;
    try_files();
    try_calls();
    close(victim_pidfd);
    return succeeded;
}

/* The control is a child, to whom the same may be done. */
void holder_attacked(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (;;)
            pause();
    }
    is_control = true;
    puts(attack(child) > 20 ? "a child: possible" : "a child: hardly anything possible");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    is_control = false;
    show_number("it is there", holder() > 0);
    show_number("possible in all", attack(holder()));
}

/* For policies that allow tcp 80 only. */
void denied_81_allowed_80(void)
{
    close(bind_tcp("81", 81));
    close(bind_tcp("80", 80));
}

void hundred_denied(void)
{
    int bound = 0;
    for (int i = 0; i < 100; i++) {
        struct sockaddr_in address = ipv4("0.0.0.0", 81);
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        bound += bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
    }
    show_number("bound", bound);
}

void hundred_allowed(void)
{
    int bound = 0;
    for (int i = 0; i < 100; i++) {
        struct sockaddr_in address = ipv4("0.0.0.0", 80);
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        bound += bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
    }
    show_number("bound", bound);
}

/* What of this list can be bound. */
void probe(void)
{
    static const struct {
        const char *name, *address;
        int type;
        uint16_t port;
    } binds[] = {
        {"t80", "0.0.0.0", SOCK_STREAM, 80},       {"u80", "0.0.0.0", SOCK_DGRAM, 80},
        {"local80", "127.0.0.1", SOCK_STREAM, 80}, {"t443", "0.0.0.0", SOCK_STREAM, 443},
        {"t1", "0.0.0.0", SOCK_STREAM, 1},         {"t1023", "0.0.0.0", SOCK_STREAM, 1023},
        {"six80", "::", SOCK_STREAM, 80},          {"sixlocal80", "::1", SOCK_STREAM, 80},
    };
    for (size_t i = 0; i < sizeof binds / sizeof binds[0]; i++) {
        struct sockaddr_in v4 = ipv4(binds[i].address, binds[i].port);
        struct sockaddr_in6 v6 = ipv6(binds[i].address, binds[i].port);
        const int is_v6 = strchr(binds[i].address, ':') != NULL;
        int fd = new_socket(is_v6 ? AF_INET6 : AF_INET, binds[i].type, 0);
        if (bind(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                 is_v6 ? sizeof v6 : sizeof v4) == 0)
            printf("%s ", binds[i].name);
        close(fd);
    }
    puts(".");
}

/* What it has been left with besides its standard descriptors. */
void descriptors_inherited(void)
{
    int count = 0;
    for (int fd = 3; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    show_number("descriptors", count);
}

/* A user with all process slots taken; then again with some. */
void fork_bomb_around(void)
{
    const struct rlimit processes = {60, 60};
    pid_t children[100];
    int count = 0;
    setrlimit(RLIMIT_NPROC, &processes);
    fflush(stdout);
    while (count < 100 && (children[count] = fork()) >= 0) {
        if (children[count] == 0) {
            for (;;)
                pause();
        }
        count++;
    }
    show("fork", count < 100 ? -1 : 0);
    close(bind_tcp("full", 80));
    while (count > 0) {
        kill(children[--count], SIGKILL);
        waitpid(children[count], NULL, 0);
    }
    /* Another suite beside this one may have as many processes of this uid, for a moment. */
    const struct sockaddr_in address = ipv4("0.0.0.0", 80);
    const int fd = new_socket(AF_INET, SOCK_STREAM, 0);
    int result = -1;
    for (int i = 0; i < 300 && result != 0; i++) {
        usleep(i > 0 ? 100000 : 0);
        result = bind(fd, (const struct sockaddr *)&address, sizeof address);
    }
    show("free", result);
    close(fd);
}
