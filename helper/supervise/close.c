/* SPDX-License-Identifier: MIT */
#include "supervise/close.h"

#include <sys/time.h>
#include <unistd.h>

#include "bind/deadline.h"

void close_promptly(int descriptor)
{
    static const struct itimerval each_moment = {.it_interval.tv_usec = 50, .it_value.tv_usec = 50};
    setitimer(ITIMER_REAL, &each_moment, NULL);
    close(descriptor);
    deadline_stop();
}
