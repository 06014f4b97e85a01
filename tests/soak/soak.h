/* SPDX-License-Identifier: MIT */
/* What a process can see of itself, before and after. */
#ifndef PRIVBIND_SOAK_H
#define PRIVBIND_SOAK_H

enum soak_moment { SOAK_BEFORE, SOAK_AFTER, SOAK_MOMENTS };

/* Takes it down, in memory that is there already. */
void soak_look(enum soak_moment moment);

/* Prints a line "changed: ..." for each thing that is not what it was. */
void soak_differences(void);

/* KiB of resident memory more than before. */
long soak_growth(void);

#endif
