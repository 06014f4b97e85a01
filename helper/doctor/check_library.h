/* SPDX-License-Identifier: MIT */
/* For the doctor: the library. */
#ifndef PRIVBIND_CHECK_LIBRARY_H
#define PRIVBIND_CHECK_LIBRARY_H

#include <stdbool.h>

/*
 * Reports whether it is there, and can be loaded by its path and by its bare name. Returns false if
 * no program can have it, because it does not load by its path.
 */
bool check_library(void);

#endif
