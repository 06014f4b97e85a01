/* SPDX-License-Identifier: MIT */
/*
 * Stops whoever binds for this program between its decision and its bind(2), has the rule replaced
 * by one that denies, and continues it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "protocol.h"

#define ROUNDS 60

static int resident, socket_to_bind, ask, told;
static pid_t holder;
static atomic_int begun, result; /* result: an errno, -1: none yet */

/* The test, which is root, replaces the policy and says so. */
static void have_policy(char rule)
{
    if (write(ask, &rule, 1) != 1 || read(told, &rule, 1) != 1)
        _exit(3);
}

static int bind_by_resident(void)
{
    const struct sockaddr_in address = ipv4("127.0.0.1", 80);
    struct privbind_request request = {.version = PRIVBIND_PROTOCOL_VERSION,
                                       .address_length = sizeof address};
    struct privbind_reply reply = {.error = EPROTO};
    memcpy(request.address, &address, sizeof address);
    send_descriptors(resident, &request, sizeof request, socket_to_bind, 1);
    recv(resident, &reply, sizeof reply, 0);
    return reply.error;
}

static int bind_by_supervisor(void)
{
    const struct sockaddr_in address = ipv4("127.0.0.1", 80);
    return syscall(SYS_bind, socket_to_bind, &address, sizeof address) == 0 ? 0 : errno;
}

static void *bind_once(void *by_resident)
{
    begun = 1;
    result = by_resident != NULL ? bind_by_resident() : bind_by_supervisor();
    return NULL;
}

static void wait_microseconds(long time)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000 < time);
}

/* Returns whether it was stopped in time, so that the decision was open. */
static bool stop_in_the_middle(long delay, bool by_resident)
{
    pthread_t thread;
    begun = 0;
    result = -1;
    have_policy('a');
    pthread_create(&thread, NULL, bind_once, by_resident ? &resident : NULL);
    while (begun == 0)
        continue;
    wait_microseconds(delay);
    kill(holder, SIGSTOP);
    usleep(3000);
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    getsockname(socket_to_bind, (struct sockaddr *)&name, &length);
    const bool is_open = result == -1 && name.sin_port == 0;
    have_policy('d');
    kill(holder, SIGCONT);
    pthread_join(thread, NULL);
    return is_open;
}

static void meet_the_test(void)
{
    ask = open("/etc/privbind-sandbox/ask", O_WRONLY | O_CLOEXEC);
    told = open("/etc/privbind-sandbox/told", O_RDONLY | O_CLOEXEC);
}

void holder_stopped_in_the_middle(void)
{
    int open_at_stop = 0, bound_late = 0;
    struct ucred peer = {.pid = getppid()};
    socklen_t length = sizeof peer;
    const bool by_resident = getenv("PRIVBIND_SOCKET") != NULL;
    meet_the_test();
    for (int i = 0; i < ROUNDS; i++) {
        if (by_resident) {
            resident = connect_to_resident();
            getsockopt(resident, SOL_SOCKET, SO_PEERCRED, &peer, &length);
        }
        holder = peer.pid;
        socket_to_bind = new_socket(AF_INET, SOCK_STREAM, 0);
        if (stop_in_the_middle(15 + i % 15 * 3, by_resident)) {
            open_at_stop++;
            bound_late += result == 0;
        }
        close(socket_to_bind);
        close(resident);
    }
    show_number("open", open_at_stop >= ROUNDS / 10);
    show_number("bound late", bound_late);
    have_policy('e');
}

/*
 * Binds once after each change; a space is time enough for what was read to become old, and a
 * second bind by what is kept.
 */
static void bind_after_each(const char *changes)
{
    meet_the_test();
    for (size_t i = 0; changes[i] != '\0'; i++) {
        char what[] = {changes[i], '\0'};
        if (changes[i] == ' ')
            sleep(5);
        else
            have_policy(changes[i]);
        close(bind_tcp(what, 80));
    }
    have_policy('e');
}

/* Capital letters allow, small ones deny. */
void policy_changes_meanwhile(void)
{
    bind_after_each("RrWwPpTt W pP tT rR x");
}

/* Rules about a user and a group, whose names the files lose and get back. */
void names_change_meanwhile(void)
{
    bind_after_each("u nN g nN");
}

/* The port needs no privilege first, then it does. */
void port_start_raised_meanwhile(void)
{
    meet_the_test();
    close(bind_tcp("before", 2000));
    have_policy('+');
    close(bind_tcp("after", 2000));
    have_policy('-');
}

static long size_of_supervisor(void)
{
    char path[64], line[256];
    long size = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)getppid());
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "VmSize: %ld", &size);
    if (status != NULL)
        fclose(status);
    return size;
}

void supervisor_reads_again_and_again(void)
{
    close(bind_tcp("first", 80));
    const long before = size_of_supervisor();
    const struct sockaddr_in address = ipv4("0.0.0.0", 80);
    int failures = 0;
    for (int i = 0; i < 1000; i++) {
        int fd = new_socket(AF_INET, SOCK_STREAM, 0);
        failures += bind(fd, (const struct sockaddr *)&address, sizeof address) != 0;
        close(fd);
    }
    show_number("failures", failures);
    show_number("known", before > 0);
    show_number("grown", size_of_supervisor() - before > 100); /* KiB */
}

/* Between binds nobody holds the capability effective: after one that was granted, and denied. */
void holder_between_binds(void)
{
    char path[64], line[256];
    struct ucred peer = {.pid = getppid()};
    socklen_t length = sizeof peer;
    if (getenv("PRIVBIND_SOCKET") != NULL)
        getsockopt(connect_to_resident(), SOL_SOCKET, SO_PEERCRED, &peer, &length);
    snprintf(path, sizeof path, "/proc/%d/status", (int)peer.pid);
    for (uint16_t port = 80; port < 83; port++) {
        close(bind_tcp(port == 80 ? "80" : "other", port));
        FILE *status = fopen(path, "re");
        while (status != NULL && fgets(line, sizeof line, status) != NULL) {
            if (strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapPrm:", 7) == 0)
                fputs(line, stdout);
        }
        if (status != NULL)
            fclose(status);
    }
}
