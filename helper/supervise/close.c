/* SPDX-License-Identifier: MIT */
#include "supervise/close.h"

#include <sys/time.h>
#include <unistd.h>

#include "bind/deadline.h"

void close_promptly(int descriptor)
{
    /* The timer repeats, since the first signal may come before close(2) waits, but at longer
       intervals, since a traced process would otherwise do nothing but handle signals. */
    static const struct itimerval moments = {.it_value.tv_usec = 50, .it_interval.tv_usec = 5000};
    setitimer(ITIMER_REAL, &moments, NULL);
    close(descriptor);
    deadline_stop();
}
