/* For whoever serves many and must not wait. */
#ifndef PRIVBIND_CLOSE_H
#define PRIVBIND_CLOSE_H

/*
 * Closes a descriptor that somebody hostile may have had a hand in. Its last close may wait, for as
 * long as SO_LINGER of a socket or the driver of a device says, and so may that of the descriptors
 * that are queued in it (unix(7), SCM_RIGHTS). Then a child waits, killed, and not this process:
 * for one that is ending a socket does not linger. The caller reaps it, or ignores SIGCHLD. Without
 * a free process slot it closes by itself.
 */
void process_close_aside(int descriptor);

#endif
