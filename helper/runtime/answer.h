/* SPDX-License-Identifier: MIT */
/* How a system call answers in C: its result, or -1 with errno. */
#ifndef PRIVBIND_ANSWER_H
#define PRIVBIND_ANSWER_H

#include <errno.h>

#include "machine/machine.h"

static inline long answer(long result)
{
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

#endif
