/* SPDX-License-Identifier: MIT */
/*
 * Anybody in this network can connect, since abstract names have no owner, and what they send
 * before they are let in is already queued here. Only those of the right uid get any further, and
 * they could as well stop or kill this process (kill(2)). The care that is taken with them is for
 * accidents: a client that was stopped, or crashed, between connecting and asking.
 */
#include "resident/clients.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bind/deadline.h"
#include "bind/descriptors.h"
#include "bind/service.h"
#include "resident/foreign.h"
#include "resident/peer.h"

#define CLIENTS_MAX 256
#define OWN_DESCRIPTORS 16 /* ours, and those that serving one client takes */
#define PATIENCE ((int64_t)PRIVBIND_WAIT_REQUEST)
#define GRACE INT64_C(200)  /* milliseconds of silence that any client is allowed */
#define PAUSE 10000         /* microseconds, after a failure */
#define FAILURES_MAX 100    /* in a row */
#define ACCEPTED_AT_ONCE 64 /* so that a flood of connections holds up nobody who has asked */

/* In order of arrival; waiting[0] and [1] are for the end and the listener. */
static struct pollfd waiting[2 + CLIENTS_MAX];
static int64_t deadlines[CLIENTS_MAX];
static int count, limit;

static struct pollfd *const clients = waiting + 2;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* For poll(2): not below zero, which would be for ever. */
static int time_until(int64_t end)
{
    const int64_t left = end - now();
    return left < 0 ? 0 : (int)left;
}

static void remove_client(int index)
{
    close(clients[index].fd);
    count--;
    size_t after = (size_t)(count - index);
    memmove(clients + index, clients + index + 1, after * sizeof clients[0]);
    memmove(deadlines + index, deadlines + index + 1, after * sizeof deadlines[0]);
}

/* Every client takes a descriptor; passing a socket needs one more to be free. The rest is for
   connections that must not be closed. */
static void set_limit(void)
{
    struct rlimit files = {0};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur =
            files.rlim_max < PROCESS_DESCRIPTORS_MAX ? files.rlim_max : PROCESS_DESCRIPTORS_MAX;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    const rlim_t half =
        files.rlim_cur > OWN_DESCRIPTORS ? (files.rlim_cur - OWN_DESCRIPTORS) / 2 : 0;
    limit = half > CLIENTS_MAX ? CLIENTS_MAX : half > 0 ? (int)half : 1;
    foreign_start(OWN_DESCRIPTORS + limit);
}

/* poll(2) again: the clients before this one may have taken a while. A client that hung up is not
   served. */
static bool has_asked(int index)
{
    return poll(&clients[index], 1, 0) == 1 && clients[index].revents == POLLIN;
}

/* poll(2) may fail for a moment, for want of memory. It may also fail for ever, for example under a
   limit of no descriptors (prlimit(2)): then this process must end, too. */
static bool is_over(void)
{
    int result = poll(waiting, 1, 0);
    for (int i = 0; result < 0 && i < FAILURES_MAX; i++) {
        usleep(PAUSE);
        result = poll(waiting, 1, 0);
    }
    return result != 0;
}

/*
 * Answers clients that have asked, and lets them go, as well as those whose time is up. A client
 * that hung up hears no answer, and does not expect its socket to be bound any more. What poll(2)
 * has just said is good for the first of them.
 */
static void answer(struct subject *subject)
{
    bool is_first = true;
    for (int i = 0; i < count && (is_first || !is_over());) {
        if (clients[i].revents == 0 && now() < deadlines[i]) {
            i++;
            continue;
        }
        if (is_first ? clients[i].revents == POLLIN : has_asked(i)) {
            deadline_start(PRIVBIND_LIFE_REQUEST);
            service_answer(subject, clients[i].fd);
            deadline_stop();
            is_first = false;
        }
        remove_client(i);
    }
}

/* Makes room by letting go of the client that has been silent longest, if that is long enough. */
static bool make_room(void)
{
    if (count == 0 || now() < deadlines[0] - PATIENCE + GRACE || has_asked(0))
        return false;
    remove_client(0);
    return true;
}

/* Call it right after answer(): no client that is here has a request then, so one of them may be
   dropped. Lets in one: usually there is no other, and a second accept4(2) would only say so. */
static void accept_clients(int listener, uid_t uid)
{
    for (int i = 0; i < ACCEPTED_AT_ONCE && foreign_has_room(); i++) {
        if (count == limit && !make_room())
            return;
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED))
            return;
        if (fd < 0 && !make_room()) {
            usleep(PAUSE); /* out of descriptors or memory: do not spin until there are some */
            return;
        }
        if (fd >= 0 && peer_is(fd, uid)) {
            clients[count] = (struct pollfd){.fd = fd, .events = POLLIN};
            deadlines[count++] = now() + PATIENCE;
            return;
        } else if (fd >= 0) {
            foreign_turn_away(fd);
        }
    }
}

/* Sets the events to wait for. Returns the milliseconds until something is due without one; -1: for
   ever. */
static int prepare_to_wait(void)
{
    /* Without room, whoever wants to connect waits until somebody may be let go of. */
    const int64_t grace_end = count == 0 ? 0 : deadlines[0] - PATIENCE + GRACE;
    const bool is_full = count == limit && now() < grace_end;
    const int others = foreign_tidy(now()),
              time = count == 0 ? -1 : time_until(is_full ? grace_end : deadlines[0]);
    waiting[1].events = is_full || !foreign_has_room() ? 0 : POLLIN;
    waiting[1].revents = 0;
    return others >= 0 && (time < 0 || others < time) ? others : time;
}

void clients_serve(struct subject *subject, int listener, int end)
{
    set_limit();
    subject->has_end = end >= 0;
    subject->end = end;
    waiting[0] = (struct pollfd){.fd = end, .events = POLLIN};
    waiting[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(waiting, 2 + (nfds_t)count, prepare_to_wait()) < 0) {
            if (errno == EINTR) /* a SIGCONT: deadline.h */
                continue;
            usleep(PAUSE);
            if (is_over())
                return;
            continue;
        }
        if (waiting[0].revents != 0)
            return;
        answer(subject);
        if (waiting[1].revents != 0)
            accept_clients(listener, subject->identity.uid);
    }
}
