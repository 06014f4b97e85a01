/* SPDX-License-Identifier: MIT */
/* Attacks by being, or seeming, somebody else. */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int helper = -1;

static void execute_opened(const struct attack *how)
{
    static char name[] = "privbind-helper", *const arguments[] = {name, NULL};
    static char *const no_environment[] = {NULL};
    syscall(SYS_execveat, helper, "", arguments, no_environment, AT_EMPTY_PATH);
}

/* In a namespace where he is uid 0 already he may not map it again (user_namespaces(7)). */
static bool become_root_of_namespace(void)
{
    char maps[2][64];
    const char *const files[][2] = {{"/proc/self/setgroups", "deny"},
                                    {"/proc/self/uid_map", maps[0]},
                                    {"/proc/self/gid_map", maps[1]}};
    snprintf(maps[0], sizeof maps[0], "0 %u 1", (unsigned)geteuid());
    snprintf(maps[1], sizeof maps[1], "0 %u 1", (unsigned)getegid());
    bool success = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    for (size_t i = 0; success && i < 3; i++) {
        const int fd = open(files[i][0], O_WRONLY | O_CLOEXEC);
        const size_t length = strlen(files[i][1]);
        success = write(fd, files[i][1], length) == (ssize_t)length;
        close(fd);
    }
    return success;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0)
        err(EXIT_FAILURE, "%s", path);
}

/* Root of his own user namespace, with a policy of his own, and a socket of the network outside. */
void own_user_namespace(void)
{
    const struct name name = name_of("0.0.0.0", PRIVILEGED);
    const int fd = attack_socket(AF_INET, SOCK_STREAM, 0);
    helper = open(SANDBOX_HELPER, O_PATH);
    if (!become_root_of_namespace()) {
        puts("no user namespace");
        return;
    }
    if (mount("tmpfs", "/etc", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "mount");
    write_file("/etc/privbind.conf", "allow anyone any\n");
    write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\n");
    struct victim victim = attack_start(&(struct attack){.execute = execute_opened});
    attack_ask(&victim, fd, &name);
    outcome_show("outer network", attack_finish(&victim));

    /* In a network of his own he may; there the helper's capability counts. */
    if (unshare(CLONE_NEWNET) != 0)
        err(EXIT_FAILURE, "network namespace");
    victim = attack_start(&(struct attack){.execute = execute_opened});
    attack_ask(&victim, attack_socket(AF_INET, SOCK_STREAM, 0), &name);
    outcome_show("own network", attack_finish(&victim));
    victim = attack_start(&(struct attack){.execute = execute_opened});
    attack_ask(&victim, fd, &name);
    outcome_show("outer network from the own", attack_finish(&victim));
}

/* Unmapped, he is "nobody" (65534) to the helper, and the policy allows that. */
void unmapped_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0)
        puts("no user namespace");
    else
        attack_show("nobody", NULL);
}

/* In a user namespace too, where setgroups(2) would otherwise be allowed to its root. */
void groups_cannot_be_dropped(void)
{
    printf("setgroups: %s\n", setgroups(0, NULL) == 0 ? "done" : "refused");
    attack_show("group", NULL);
    if (unshare(CLONE_NEWUSER) != 0)
        return;
    printf("setgroups: %s\n", setgroups(0, NULL) == 0 ? "done" : "refused");
}

/* Descriptor 9 was opened elsewhere, or by somebody else. */
void inherited_socket(void)
{
    const struct name name = name_of("0.0.0.0", PRIVILEGED);
    struct victim victim = attack_start(NULL);
    attack_ask(&victim, 9, &name);
    outcome_show("inherited", attack_finish(&victim));
}

static const char *try_both(int type, int option, const char *address)
{
    const struct name unprivileged = name_of(address, UNPRIVILEGED),
                      privileged = name_of(address, PRIVILEGED);
    const int plain = attack_socket(AF_INET, type, 0), fd = attack_socket(AF_INET, type, 0), on = 1;
    if (option != 0 && (setsockopt(plain, SOL_SOCKET, option, &on, sizeof on) != 0 ||
                        setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) != 0))
        err(EXIT_FAILURE, "setsockopt");
    const bool by_kernel =
        bind(plain, (const struct sockaddr *)&unprivileged.address, unprivileged.length) == 0;
    struct victim victim = attack_start(NULL);
    attack_ask(&victim, fd, &privileged);
    const bool by_helper = attack_finish(&victim) == OUTCOME_BOUND;
    close(plain);
    close(fd);
    return by_kernel != by_helper ? "DIFFERENT" : by_helper ? "shared" : "not shared";
}

/* Another user's sockets have the same options on port 80 and on one that needs no privilege: the
   helper must give no more than the kernel gives without it. */
void ports_of_another_user(void)
{
    static const char *const addresses[] = {"0.0.0.0", "127.0.0.1"};
    for (size_t i = 0; i < 2; i++) {
        printf("tcp %s\n", try_both(SOCK_STREAM, SO_REUSEPORT, addresses[i]));
        printf("udp %s\n", try_both(SOCK_DGRAM, SO_REUSEPORT, addresses[i]));
        printf("udp SO_REUSEADDR %s\n", try_both(SOCK_DGRAM, SO_REUSEADDR, addresses[i]));
        printf("tcp SO_REUSEADDR %s\n", try_both(SOCK_STREAM, SO_REUSEADDR, addresses[i]));
        printf("tcp without options %s\n", try_both(SOCK_STREAM, 0, addresses[i]));
        printf("udp without options %s\n", try_both(SOCK_DGRAM, 0, addresses[i]));
    }
}

static atomic_bool finished;

/* The policy's name leads here. */
static void *exchange_links(void *unused)
{
    while (!finished) {
        symlink("/etc/privbind-sandbox/good", ATTACK_DIR "/next");
        rename(ATTACK_DIR "/next", ATTACK_DIR "/policy");
        symlink("mine", ATTACK_DIR "/next");
        rename(ATTACK_DIR "/next", ATTACK_DIR "/policy");
    }
    return NULL;
}

void links_flipped(void)
{
    struct tally tally = {0};
    pthread_t thread;
    const time_t end = time(NULL) + 2;
    write_file(ATTACK_DIR "/mine", "allow anyone any\n");
    pthread_create(&thread, NULL, exchange_links, NULL);
    while (time(NULL) < end)
        tally.count[attack_try(NULL)]++;
    finished = true;
    pthread_join(thread, NULL);
    printf("bound: %u\nrefused some: %d\n", tally.count[OUTCOME_BOUND],
           tally.count[OUTCOME_REFUSED] > 0);
}
