/* SPDX-License-Identifier: MIT */
/* Descriptors that somebody else has left. */
#ifndef PRIVBIND_DESCRIPTORS_H
#define PRIVBIND_DESCRIPTORS_H

/* Before Linux 5.9, only descriptors below this number are closed. */
#define PROCESS_DESCRIPTORS_MAX 65536

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

#endif
