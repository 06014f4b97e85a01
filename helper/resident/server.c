/* SPDX-License-Identifier: MIT */
#include "resident/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bind/deadline.h"
#include "bind/descriptors.h"
#include "bind/signals.h"
#include "resident/become.h"
#include "resident/clients.h"
#include "resident/places.h"
#include "supervise/kept.h"

/* The resident helper's descriptors. */
enum { LOG, COMMAND, LAUNCHER, FIRST_FREE };

#define READY "ready"
/* Clients that can wait to be accepted. net.core.somaxconn may be lower, as SOMAXCONN is in some
   libcs. */
#define WAITING_MAX 4096
#define END_MAX 1000 /* milliseconds to wait for its end */

/*
 * At random, so that nobody can take the name first. It is abstract: it needs no directory that
 * USER may write to, and goes when the helper goes (unix(7)).
 */
static bool invent_name(char name[SERVER_NAME_MAX])
{
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    int length = snprintf(name, SERVER_NAME_MAX, "@privbind-");
    for (size_t i = 0; i < sizeof random; i++)
        length += snprintf(name + length, SERVER_NAME_MAX - (size_t)length, "%02x", random[i]);
    return true;
}

/* Ends the child, with a message for the launcher. */
_Noreturn static void end(int launcher, const char *message)
{
    ssize_t ignored = write(launcher, message, strlen(message));
    (void)ignored; /* if even that fails, the launcher will say that the helper died */
    _exit(EXIT_FAILURE);
}

/*
 * Puts the descriptors in their places, and closes all others: a pipe that the helper held open
 * would keep its reader waiting after the command's end. command is -1 if there are no pidfds.
 */
static void arrange(int command, int launcher)
{
    const int from[] = {[LOG] = PLACES_CLOSED, [COMMAND] = command, [LAUNCHER] = launcher};
    if (!places_arrange(from, FIRST_FREE))
        end(launcher, "too few descriptors; raise ulimit -n");
    process_close_from(FIRST_FREE);
}

/* Called as USER: SO_PEERCRED shows clients who called listen(2), and they accept only their own
   user. */
static int open_listener(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    memcpy(address.sun_path + 1, name + 1, length - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool listens = bind(fd, (const struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
                         listen(fd, WAITING_MAX) == 0;
    return listens ? fd : -1;
}

/*
 * Ends with the command even without a pidfd (before Linux 5.3). The signal is set to 0 by a change
 * of ids (prctl(2), PR_SET_PDEATHSIG), so this comes after it.
 */
static bool follow_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

_Noreturn static void serve(const struct account *account, struct span rules, const char *name,
                            pid_t parent, bool has_pidfd)
{
    static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    static struct subject subject;
    char error[REASON_MAX];

    /* A crowd of others' connections would use up the limit. A container may forbid this. */
    setrlimit(RLIMIT_CPU, &unlimited);
    /* Away from the command's terminal and process group: their signals are for the command. */
    deadline_install(DEADLINE_ENDS_REQUEST);
    setsid();
    if (chdir("/") != 0)
        end(LAUNCHER, "cannot leave the working directory");
    if (!become_holder(account, &subject, error))
        end(LAUNCHER, error);
    if (!has_pidfd && !follow_parent(parent))
        end(LAUNCHER, "the helper could not be made to end with the command");
    const int listener = open_listener(name);
    if (listener < 0)
        end(LAUNCHER, "cannot make a socket for the helper");
    subject.rules = rules;
    subject.refresh = kept_refresh;
    subject.may_be_sandboxed = true;
    if (write(LAUNCHER, READY, strlen(READY)) < 0)
        _exit(EXIT_FAILURE);
    /* The pipe, dead from now on, stays descriptor 2: no other file may become descriptor 2. */
    clients_serve(&subject, listener, has_pidfd ? COMMAND : -1);
    _exit(EXIT_SUCCESS);
}

static pid_t child = -1; /* the resident helper, seen from the launcher */

/* Its end closes what others have queued at its socket, and that may hang (resident/foreign.h). */
void server_stop(void)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    if (child <= 0)
        return;
    kill(child, SIGKILL);
    for (int i = 0; i < END_MAX && waitpid(child, NULL, WNOHANG | (int)__WCLONE) == 0; i++)
        nanosleep(&moment, NULL);
    child = -1;
}

/* Waits for the child's word. Returns false if it cannot serve. Its user may have stopped it. */
static bool hear_of_child(int launcher, char error[REASON_MAX])
{
    struct pollfd word = {.fd = launcher, .events = POLLIN};
    const bool has_come = poll(&word, 1, PRIVBIND_WAIT_START) != 0;
    ssize_t length = has_come ? read(launcher, error, REASON_MAX - 1) : 0;
    error[length < 0 ? 0 : length] = '\0';
    if (strcmp(error, READY) == 0)
        return true;
    if (!has_come)
        reason_set(error, "the helper does not answer; has somebody stopped it?");
    else if (error[0] == '\0')
        reason_set(error, "the helper died; see the system log");
    server_stop();
    return false;
}

bool server_start(const struct account *account, struct span rules, char name[SERVER_NAME_MAX],
                  char error[REASON_MAX])
{
    int launcher[2];
    const pid_t parent = getpid();
    /* A pidfd stays valid across the command's execve(2), and never means another process. */
    int command = (int)syscall(SYS_pidfd_open, parent, 0);
    if ((command < 0 && errno == EMFILE) || !invent_name(name) || pipe2(launcher, O_CLOEXEC) != 0) {
        reason_set(error, "cannot prepare the helper: %s%s", strerror(errno),
                   errno == EMFILE ? "; raise ulimit -n" : "");
        return false;
    }

    /* fork(2) without its exit signal: no wait of the command finds a child that it did not start.
       Since the child never executes anything, that stays so (execve(2) would make it SIGCHLD). If
       it is killed before the command ends, a SIGCHLD is sent all the same: its parent has executed
       something since (do_notify_parent in the kernel). */
    child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (child == 0) {
        arrange(command, launcher[1]);
        serve(account, rules, name, parent, command >= 0);
    }
    if (child < 0)
        reason_set(error, "cannot start the helper: %s", strerror(errno));
    close(launcher[1]);
    close(command);
    bool serves = child > 0 && hear_of_child(launcher[0], error);
    close(launcher[0]);
    return serves;
}
