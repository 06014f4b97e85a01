/* SPDX-License-Identifier: MIT */
/* What a launcher that stands for its command must show to it, and to those who wait for it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* With its own number first, and its parent's. */
static void say_ready(void)
{
    printf("ready %d %d\n", (int)getpid(), (int)getppid());
    fflush(stdout);
}

static void print_signals_until(int last, const sigset_t *set)
{
    siginfo_t info = {0};
    while (info.si_signo != last) {
        if (sigwaitinfo(set, &info) < 0)
            continue;
        printf("%d %d\n", info.si_signo,
               info.si_code == SI_QUEUE ? info.si_value.sival_int : info.si_code == SI_KERNEL);
        fflush(stdout);
    }
}

void signals_one_by_one(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    say_ready();
    print_signals_until(SIGTERM, &all);
}

/* Those that stop and continue do so, and no handler notices. */
void wait_with_default_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    say_ready();
    print_signals_until(SIGTERM, &set);
}

static void say_continued(int number)
{
    static const char text[] = "continued\n";
    ssize_t ignored = write(STDOUT_FILENO, text, strlen(text));
    (void)number;
    (void)ignored;
}

void says_when_it_continues(void)
{
    signal(SIGCONT, say_continued);
    wait_with_default_signals();
}

/* As timeout(1) does, and shells. */
void signals_in_a_group_of_its_own(void)
{
    setpgid(0, 0);
    signals_one_by_one();
}

/* As a program does that ends its children with their group. */
void signals_of_its_own_accord(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    say_ready();
    kill(0, SIGUSR1);
    kill(0, SIGTERM);
    print_signals_until(SIGTERM, &all);
}

static void restore_terminal(int number)
{
    static const char before[] = "restored\n", after[] = "back\n";
    (void)number;
    ssize_t ignored = write(STDOUT_FILENO, before, strlen(before));
    raise(SIGSTOP);
    ignored += write(STDOUT_FILENO, after, strlen(after));
    (void)ignored;
}

/* As editors do. */
void terminal_restored_before_stop(void)
{
    signal(SIGTSTP, restore_terminal);
    say_ready();
    for (;;)
        pause();
}

/* It has undone what would kill it. */
void survives_its_parent(void)
{
    prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    wait_with_default_signals();
}

void leaves_a_daemon(void)
{
    fflush(stdout);
    const pid_t daemon = fork();
    if (daemon == 0) {
        alarm(60);
        for (;;)
            pause();
    }
    say_ready();
    show_number("daemon", daemon);
    fflush(stdout);
    for (;;)
        pause();
}

/* Whoever waits for the launcher, the leader of the process group, has got its status before. */
void daemon_binds_after_the_launcher(void)
{
    const pid_t launcher = getpgrp();
    fflush(stdout);
    if (fork() != 0)
        _exit(5);
    setsid();
    for (int i = 0; i < 30000 && kill(launcher, 0) == 0; i++)
        usleep(1000);
    show_number("launcher is there", kill(launcher, 0) == 0);
    bind_tcp("daemon", 80);
}

void busy_for_a_while(void)
{
    struct rusage usage;
    do
        getrusage(RUSAGE_SELF, &usage);
    while (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec == 0 &&
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec < 200000);
}

/* Everything that it has from whoever started it. */
void as_started(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "SigQ", 4) != 0 &&
            (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Shd", 3) == 0))
            fputs(line, stdout);
    }
    fclose(status);
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            show_number("descriptor", fd);
    }
    show_number("session", getsid(0));
    show_number("terminal's group", tcgetpgrp(STDIN_FILENO));
    show_number("group is its own", getpgrp() == getpid());
}

void undumpable_bind(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    bind_tcp("unprivileged", 8080);
    bind_tcp("bind", 80);
}

/* The user's own doing: both processes are theirs. */
void supervisor_without_descriptors(void)
{
    const struct rlimit few = {4, 64}, enough = {64, 64};
    prlimit(getppid(), RLIMIT_NOFILE, &few, NULL);
    bind_tcp("few", 80);
    prlimit(getppid(), RLIMIT_NOFILE, &enough, NULL);
    bind_tcp("enough", 80);
}

/* Its poll(2) fails. */
void supervisor_that_cannot_wait(void)
{
    const struct rlimit none = {0, 64};
    prlimit(getppid(), RLIMIT_NOFILE, &none, NULL);
    bind_tcp("bind", 80);
    for (;;)
        pause();
}

static int install_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bind, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

/* A command that a helper without a socket for the system log must not serve, and that raises the
   helper's limit again. */
/* Whether a process holds a capability, effective or not. */
static void show_capability(pid_t pid)
{
    char line[256], path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "CapPrm:", 7) == 0)
            show_number("holds", strtoul(line + 7, NULL, 16) != 0);
    }
    if (status != NULL)
        fclose(status);
}

static bool sends_another_file;

/* How a supervisor may be started that must not serve. */
struct start {
    const char *argument;       /* behind the number, or NULL */
    bool names_another_process; /* by the number */
    bool has_another_launcher;  /* than its parent, as where that has ended */
    int without;                /* this descriptor is no channel; -1: both are */
};
static const struct start as_the_launcher = {.without = -1};

static void go_on_nevertheless(int channel, pid_t helper)
{
    const struct rlimit enough = {64, 64};
    struct {
        uint32_t version, length;
        unsigned char address[128];
    } message = {.version = 1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {&message, sizeof message};
    const struct msghdr parts = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control.bytes};
    struct {
        uint32_t version;
        int32_t error;
        char reason[504];
    } reply = {0};
    char comm[32] = "", path[64];

    /* Not before it has looked for that socket: it is the supervisor then, and waits. */
    snprintf(path, sizeof path, "/proc/%d/comm", (int)helper);
    for (int i = 0; i < 30000 && strcmp(comm, "privbind-superv\n") != 0; i++) {
        FILE *file = fopen(path, "re");
        if (file == NULL || fgets(comm, sizeof comm, file) == NULL)
            comm[0] = '\0';
        if (file != NULL)
            fclose(file);
        usleep(1000);
    }
    usleep(300000);
    prlimit(helper, RLIMIT_NOFILE, &enough, NULL);
    const int listener =
        sends_another_file ? open("/dev/null", O_RDWR | O_CLOEXEC) : install_filter();
    memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
    sendmsg(channel, &parts, 0);
    recv(channel, &reply, sizeof reply, 0);
    close(listener);
    printf("%s\n", reply.reason);
    show_capability(helper);
    bind_tcp("bind", 80);
}

/* life: a socket whose other end the command has. */
static void tell_how_it_ended(const struct start *start, int life)
{
    struct pollfd command = {life, POLLIN, 0};
    int status = 0;
    wait(&status);
    if (start != &as_the_launcher)
        show_number("status", WEXITSTATUS(status));
    if (start->has_another_launcher)
        show_number("command is killed", poll(&command, 1, 5000) == 1);
}

static void become_supervisor(rlim_t descriptors, const struct start *start)
{
    char supervisor[PATH_MAX];
    const char *const helper = getenv("PRIVBIND_HELPER");
    snprintf(supervisor, sizeof supervisor, "%.*s/privbind-supervisor",
             (int)(strrchr(helper, '/') - helper), helper);
    const struct rlimit limit = {descriptors, 64};
    int report[2], channel[2], life[2];
    fflush(stdout);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, report);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, life);
    if (fork() != 0) {
        close(life[1]);
        tell_how_it_ended(start, life[0]);
        close(life[0]);
        return;
    }
    close(life[0]);
    const pid_t parent = getpid();
    if (start->has_another_launcher)
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, report);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel);
    char number[16];
    pid_t command = fork();
    if (command == 0) {
        close(channel[0]);
        if (start != &as_the_launcher)
            _exit((int)read(life[1], number, 1)); /* nothing comes but the end */
        go_on_nevertheless(channel[1], parent);
        fflush(stdout);
        _exit(0);
    }
    snprintf(number, sizeof number, "%d",
             start->names_another_process ? (int)getppid() : (int)command);
    dup2(channel[0], 0);
    dup2(report[1], 1);
    if (start->without >= 0)
        dup2(open("/dev/null", O_RDWR | O_CLOEXEC), start->without);
    setrlimit(RLIMIT_NOFILE, &limit);
    execl(supervisor, "privbind-supervisor", number, start->argument, NULL);
    _exit(126);
}

void refused_and_goes_on(void)
{
    become_supervisor(3, &as_the_launcher);
}

void served_by_hand(void)
{
    become_supervisor(64, &as_the_launcher);
}

void supervisors_started_wrongly(void)
{
    static const struct start starts[] = {{.names_another_process = true, .without = -1},
                                          {.has_another_launcher = true, .without = -1},
                                          {.argument = "loud", .without = -1},
                                          {.without = 0},
                                          {.without = 1}};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        become_supervisor(64, &starts[i]);
}

void another_file_as_listener(void)
{
    sends_another_file = true;
    become_supervisor(64, &as_the_launcher);
}
