/* SPDX-License-Identifier: MIT */
#include "bind/deadline.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/signals.h"

#define MOMENT 1000 /* microseconds; for a timer that is about to expire the kernel reports 1 */

static volatile sig_atomic_t is_serving, was_stopped, has_rung;
static bool has_timer;
static enum deadline_end end_of_time;

/* Anybody can send the timer's signal; only a timer that has expired has no time left
   (getitimer(2)). */
static bool time_is_over(void)
{
    struct itimerval left;
    return has_rung && (getitimer(ITIMER_REAL, &left) != 0 ||
                        (left.it_value.tv_sec == 0 && left.it_value.tv_usec < MOMENT));
}

/*
 * Any process of this user can send these signals at any time: only the timer tells whether the
 * time is over. The default action of a signal does not end process 1 of a PID namespace
 * (pid_namespaces(7)).
 */
static void on_signal(int number)
{
    if (number == SIGALRM)
        has_rung = true;
    if (!is_serving || (number == SIGALRM && !time_is_over()))
        return;
    if (number == SIGCONT)
        was_stopped = true;
    else if (end_of_time == DEADLINE_ENDS_PROCESS)
        _exit(EXIT_FAILURE);
    if (capability_is_effective() && !capability_set_effective(false))
        _exit(EXIT_FAILURE);
}

/* The caller may have left such a signal ignored or pending, or a timer running: a signal that
   comes too early does no harm. */
static void handle(int number)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void deadline_install(enum deadline_end how)
{
    end_of_time = how;
    handle(SIGALRM);
    handle(SIGCONT);
    process_set_blocked(PROCESS_ALL_SIGNALS & ~PROCESS_SIGNAL(SIGALRM) & ~PROCESS_SIGNAL(SIGCONT));
}

void deadline_start(unsigned time)
{
    const struct itimerval timer = {.it_value = {.tv_sec = (time_t)(time / 1000),
                                                 .tv_usec = (suseconds_t)(time % 1000 * 1000)}};
    was_stopped = false;
    has_rung = false;
    has_timer = setitimer(ITIMER_REAL, &timer, NULL) == 0;
    /* Not until now, or a timer that the caller left running would end this process. */
    is_serving = true;
    /* If this process was stopped in between until its time was over, the handler ignored that. */
    if (end_of_time == DEADLINE_ENDS_PROCESS && time_is_over())
        _exit(EXIT_FAILURE);
}

void deadline_decide(void)
{
    was_stopped = false;
}

bool deadline_was_stopped(void)
{
    return was_stopped;
}

bool deadline_is_over(void)
{
    return !has_timer || time_is_over();
}

void deadline_stop(void)
{
    is_serving = false;
    static const struct itimerval none;
    setitimer(ITIMER_REAL, &none, NULL);
}
