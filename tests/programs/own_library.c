/* SPDX-License-Identifier: MIT */
/* The library of needs_library.c. */
const char *own_library(void);

const char *own_library(void)
{
    return "its own library";
}
