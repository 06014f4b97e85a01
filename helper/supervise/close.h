/* SPDX-License-Identifier: MIT */
/* For whoever serves many and must not wait. */
#ifndef PRIVBIND_CLOSE_H
#define PRIVBIND_CLOSE_H

/*
 * Closes a descriptor that somebody hostile may have had a hand in. Its last close may wait, for as
 * long as SO_LINGER of a socket or the driver of a terminal says. A signal ends such a wait: one
 * comes after 50 microseconds. To be called after deadline_install(), while no request is being
 * served.
 */
void close_promptly(int descriptor);

#endif
