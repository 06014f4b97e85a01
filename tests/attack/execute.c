/* SPDX-License-Identifier: MIT */
/* Attacks by the way in which the helper is executed. */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"

#define COPY ATTACK_DIR "/copy"
#define SCRIPT ATTACK_DIR "/script"

static char name[] = "privbind-helper", *const arguments[] = {name, NULL};
static char *const no_environment[] = {NULL};

static void by_descriptor_name(const struct attack *how)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", open(SANDBOX_HELPER, O_RDONLY));
    execve(path, arguments, no_environment);
}

static void by_path_descriptor(const struct attack *how)
{
    int fd = open(SANDBOX_HELPER, O_PATH);
    syscall(SYS_execveat, fd, "", arguments, no_environment, AT_EMPTY_PATH);
}

static void by_root_of_process(const struct attack *how)
{
    execve("/proc/self/root" SANDBOX_HELPER, arguments, no_environment);
}

static void from_memory(const struct attack *how)
{
    int in = open(SANDBOX_HELPER, O_RDONLY), out = memfd_create("helper", 0);
    while (sendfile(out, in, NULL, 1 << 20) > 0)
        continue;
    syscall(SYS_execveat, out, "", arguments, no_environment, AT_EMPTY_PATH);
}

static void by_loader(const struct attack *how)
{
    static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
                                          "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1"};
    static char helper[] = SANDBOX_HELPER;
    for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++) {
        char loader[64];
        snprintf(loader, sizeof loader, "%s", loaders[i]);
        char *const with_helper[] = {loader, helper, NULL};
        execve(loader, with_helper, no_environment);
    }
}

static void copy_helper(void)
{
    int in = open(SANDBOX_HELPER, O_RDONLY), out = open(COPY, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    while (sendfile(out, in, NULL, 1 << 20) > 0)
        continue;
    close(in);
    close(out);
    FILE *script = fopen(SCRIPT, "we");
    fputs("#!" SANDBOX_HELPER "\n", script);
    fclose(script);
    chmod(SCRIPT, 0755);
}

/* The reason names the file, and is logged. */
void path_like_a_log_entry(void)
{
    static const char path[] = ATTACK_DIR "/x\n<86>sshd[1]: Accepted password for root\033[2J";
    copy_helper();
    rename(COPY, path);
    attack_show("path", &(struct attack){.path = path});
}

void ways_to_execute(void)
{
    copy_helper();
    symlink(SANDBOX_HELPER, ATTACK_DIR "/symlink");
    attack_show("descriptor", &(struct attack){.execute = by_descriptor_name});
    attack_show("O_PATH", &(struct attack){.execute = by_path_descriptor});
    attack_show("root of a process", &(struct attack){.execute = by_root_of_process});
    attack_show("symbolic link", &(struct attack){.path = ATTACK_DIR "/symlink"});
    attack_show("hard link", &(struct attack){.path = ATTACK_DIR "/link"}); /* root made it */
    attack_show("copy", &(struct attack){.path = COPY});
    attack_show("memory", &(struct attack){.execute = from_memory});
    attack_show("loader", &(struct attack){.execute = by_loader});
    attack_show("script", &(struct attack){.path = SCRIPT});
}

static int outlive_parent(void *unused)
{
    closefrom(0);          /* the channel */
    while (getppid() != 1) /* of the sandbox's PID namespace */
        usleep(1000);
    return 0;
}

/* The process that executes is left with a relative that shares what the flags say. */
static void execute_shared(int flags)
{
    static char stack[65536];
    closefrom(3); /* or the relative would hold the attacker's socket, and its port */
    clone(outlive_parent, stack + sizeof stack, flags | SIGCHLD, NULL);
    execve(SANDBOX_HELPER, arguments, no_environment);
}

static void share_file_system_context(const struct attack *how)
{
    execute_shared(CLONE_FS);
}

static void share_memory(const struct attack *how)
{
    execute_shared(CLONE_VM);
}

/* When the helper runs, everything is closed in the table that was shared with it. */
static int close_all_in_table(void *unused)
{
    while (getppid() != 1 && process_state(getppid()) == '?')
        usleep(100);
    return outlive_parent(NULL);
}

static void share_descriptors(const struct attack *how)
{
    static char stack[65536];
    clone(close_all_in_table, stack + sizeof stack, CLONE_FILES | CLONE_VM | SIGCHLD, NULL);
    execve(SANDBOX_HELPER, arguments, no_environment);
}

void shared_tables(void)
{
    attack_show("CLONE_FS", &(struct attack){.execute = share_file_system_context});
    attack_show("CLONE_VM", &(struct attack){.execute = share_memory});
    attack_show("CLONE_FILES", &(struct attack){.execute = share_descriptors});
}

#ifdef PRIVBIND_SANITIZED
#define CROWD 100 /* its runtime takes a hundred times the memory */
#else
#define CROWD 1000
#endif

/* Each has its question before it runs: only the machine's speed decides how long it takes. */
void thousand_helpers(void)
{
    static struct victim victims[CROWD];
    struct tally tally = {0};
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (uint16_t i = 0; i < CROWD; i++) {
        const struct name address = name_of("127.0.0.1", (uint16_t)(i + 1));
        victims[i] = attack_start(NULL);
        if (!attack_ask(&victims[i], attack_socket(AF_INET, SOCK_STREAM, 0), &address))
            err(EXIT_FAILURE, "sendmsg");
    }
    for (size_t i = 0; i < CROWD; i++)
        tally.count[attack_finish(&victims[i])]++;
    printf("unanswered: %u\n", CROWD - tally.count[OUTCOME_BOUND]);
}
