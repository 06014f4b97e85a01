/* SPDX-License-Identifier: MIT */
/* Attacks on a helper that runs, by processes of the same user. */
#include "attack.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "older.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define KCMP_FILES 2

static char word[8];

static long attach(pid_t pid)
{
    return ptrace(PTRACE_ATTACH, pid, NULL, NULL);
}

static long seize(pid_t pid)
{
    return ptrace(PTRACE_SEIZE, pid, NULL, NULL);
}

static long read_memory(pid_t pid)
{
    const struct iovec to = {word, sizeof word}, from = {word, sizeof word};
    return process_vm_readv(pid, &to, 1, &from, 1, 0);
}

static long write_memory(pid_t pid)
{
    const struct iovec from = {word, sizeof word}, to = {word, sizeof word};
    return process_vm_writev(pid, &from, 1, &to, 1, 0);
}

static long take_descriptor(pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    long result = syscall(SYS_pidfd_getfd, pidfd, STDIN_FILENO, 0);
    close(pidfd);
    return result;
}

static long compare_tables(pid_t pid)
{
    return syscall(SYS_kcmp, getpid(), pid, KCMP_FILES, 0, 0);
}

static long move_pages_of(pid_t pid)
{
    void *page = word;
    int status;
    return syscall(SYS_move_pages, pid, 1, &page, NULL, &status, 0);
}

static void show_allowed(const char *what, bool allowed)
{
    printf("%s: %s\n", what, allowed ? "allowed" : "refused");
}

/* Some can be opened and then not be read; what is behind a link in /proc counts as opened. */
static bool can_look_into(pid_t pid, const char *file)
{
    char path[64], byte;
    const bool is_memory = strcmp(file, "mem") == 0, is_link = strchr(file, '/') != NULL;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    const int fd = open(path, is_link ? O_PATH : O_RDONLY);
    const bool success =
        fd >= 0 && (is_link || pread(fd, &byte, 1, is_memory ? (off_t)(uintptr_t)word : 0) == 1);
    close(fd);
    return success;
}

/* The same tries on a process: on one that is not protected, to see that they are worth something,
   and on the helper. */
static void inspect(pid_t pid)
{
    static const struct {
        const char *what;
        long (*try)(pid_t);
    } calls[] = {
        {"process_vm_readv", read_memory},
        {"process_vm_writev", write_memory},
        {"pidfd_getfd", take_descriptor},
        {"kcmp", compare_tables},
        {"move_pages", move_pages_of},
        {"seize", seize},
        {"attach", attach},
    };
    static const char *const files[] = {"mem",  "maps",   "environ", "auxv", "pagemap", "syscall",
                                        "fd/0", "ns/net", "root/",   "cwd/", "exe"};
    for (size_t i = 0; i < COUNT(files); i++) {
        show_allowed(files[i], can_look_into(pid, files[i]));
    }
    for (size_t i = 0; i < COUNT(calls); i++)
        show_allowed(calls[i].what, calls[i].try(pid) >= 0);
}

void inspect_while_running(void)
{
    const struct name address = name_of("0.0.0.0", PRIVILEGED);
    pid_t control = fork();
    if (control == 0) {
        pause();
        _exit(0);
    }
    usleep(50000);
    inspect(control);
    kill(control, SIGKILL);
    waitpid(control, NULL, 0);

    puts("helper");
    struct victim victim = attack_start(NULL);
    if (!attack_wait_asleep(&victim))
        puts("the helper does not wait");
    inspect(victim.pid);
    attack_ask(&victim, attack_socket(AF_INET, SOCK_STREAM, 0), &address);
    outcome_show("bind", attack_finish(&victim));
}

static void short_sleep(long microseconds)
{
    const struct timespec time = {0, microseconds * 1000};
    nanosleep(&time, NULL);
}

/* A tracer that was there first costs the helper its capability; later there is none. */
void seize_while_starting(void)
{
    const struct name address = name_of("127.0.0.1", PRIVILEGED);
    unsigned bound_traced = 0, seized = 0, bound = 0, others = 0;
    for (int i = 0; i < 300; i++) {
        const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
        struct victim victim = attack_start(NULL);
        short_sleep(rand() % 400);
        attack_ask(&victim, fd, &address);
        const bool is_traced = seize(victim.pid) == 0;
        const enum outcome outcome = attack_finish(&victim);
        seized += is_traced;
        bound += outcome == OUTCOME_BOUND;
        bound_traced += is_traced && (outcome == OUTCOME_BOUND || local_port(fd) != 0);
        others += outcome != OUTCOME_BOUND && outcome != OUTCOME_REFUSED;
        close(fd);
    }
    printf("seized: %d bound: %d both: %u others: %u\n", seized > 0, bound > 0, bound_traced,
           others);
}

/* A sanitizer's runtime takes some for faults of the program, and reports them. */
static bool is_sent(int number)
{
#ifdef PRIVBIND_SANITIZED
    return number != SIGSEGV && number != SIGBUS && number != SIGFPE;
#else
    return true;
#endif
}

/* Every signal at moments all over the helper's life. */
void signals_at_random(void)
{
    const struct name address = name_of("127.0.0.1", PRIVILEGED);
    struct tally tally = {0};
    for (int i = 0; i < 640; i++) {
        const int number = i % 64 + 1;
        const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
        struct victim victim = attack_start(NULL);
        attack_ask(&victim, fd, &address);
        for (int storm = 0; storm < 3; storm++) {
            short_sleep(rand() % 200);
            if (is_sent(number))
                kill(victim.pid, number);
            kill(victim.pid, SIGCONT);
        }
        tally.count[attack_finish(&victim)]++;
        close(fd);
    }
    tally_show("signals", &tally);
}

void limits_lowered_while_running(void)
{
    static const int limits[] = {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK};
    const struct name address = name_of("127.0.0.1", PRIVILEGED);
    const struct rlimit none = {0, 0};
    struct tally tally = {0};
    for (size_t i = 0; i < COUNT(limits); i++) {
        const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
        struct victim victim = attack_start(NULL);
        attack_wait_asleep(&victim);
        if (prlimit(victim.pid, (__rlimit_resource_t)limits[i], &none, NULL) != 0)
            err(EXIT_FAILURE, "prlimit");
        attack_ask(&victim, fd, &address);
        tally.count[attack_finish(&victim)]++;
        if (limits[i] == RLIMIT_NOFILE)
            tally_show("RLIMIT_NOFILE", &tally);
        close(fd);
    }
    tally_show("limits", &tally);
}

static void stop(pid_t pid)
{
    kill(pid, SIGSTOP);
    for (int i = 0; i < 1000 && process_state(pid) != 'T'; i++)
        usleep(1000);
}

/* It waits for the log. Interrupted there it must not go on without. */
void stop_while_log_is_full(void)
{
    const struct name address = name_of("127.0.0.1", PRIVILEGED);
    const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
    struct victim victim = attack_start(NULL);
    attack_ask(&victim, fd, &address);
    if (!attack_wait_asleep(&victim))
        puts("the helper does not wait");
    stop(victim.pid);
    kill(victim.pid, SIGCONT);
    outcome_show("bind", attack_finish(&victim));
}

/* Nanoseconds: a quarter of an hour, or the four seconds that a word of 32 bits holds. */
static void set_timer_slack(void)
{
    prctl(PR_SET_TIMERSLACK, ULONG_MAX / 1000000000 > 1000 ? 1000000000ul * 1000 : ULONG_MAX);
}

/* A helper that is stopped for longer than its eight seconds, and one whose timeouts are late. */
void kept_for_later(void)
{
    const time_t start = time(NULL);
    const struct name address = name_of("127.0.0.1", PRIVILEGED);
    struct victim stopped = attack_start(NULL);
    struct victim slow = attack_start(&(struct attack){.prepare = set_timer_slack});
    attack_wait_asleep(&stopped);
    stop(stopped.pid);
    attack_ask(&stopped, attack_socket(AF_INET, SOCK_STREAM, 0), &address);
    attack_wait_asleep(&slow);
    outcome_show("silent and slow", attack_finish(&slow));
    while (time(NULL) < start + 10)
        usleep(100000);
    kill(stopped.pid, SIGCONT);
    outcome_show("stopped", attack_finish(&stopped));
}
