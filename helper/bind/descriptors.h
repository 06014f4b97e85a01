/* SPDX-License-Identifier: MIT */
/* Descriptors that somebody else has left. */
#ifndef PRIVBIND_DESCRIPTORS_H
#define PRIVBIND_DESCRIPTORS_H

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

#endif
