/* SPDX-License-Identifier: MIT */
/* The least that a program can be: no libc, nothing but its end. */
#include "machine/machine.h"

_Noreturn void _start(void);

_Noreturn void _start(void)
{
    for (;;)
        RAW_1(SYS_exit, 0);
}
