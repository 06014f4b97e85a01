/* CAP_NET_BIND_SERVICE: having it, having nothing else, and saying why it is missing. */
#ifndef PRIVBIND_CAPABILITY_H
#define PRIVBIND_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Gives up every capability for good but, with keep, CAP_NET_BIND_SERVICE, which stays permitted
 * but not effective. The kernel is asked afterwards whether that is so.
 * Returns false if it is not; the caller may then only refuse, and not raise the capability.
 * *kept tells whether the capability was there to be kept; it is set unless capget(2) fails.
 */
bool capability_drop_all_but(bool keep, bool *kept);

/* Makes the kept capability effective, or no longer so. Returns false if the kernel refuses. */
bool capability_set_effective(bool effective);

/*
 * Whether a program without file capabilities that this process executes can bind by itself: root
 * gets what the bounding set has, and the ambient set stays (capabilities(7), "Transformation of
 * capabilities during execve()").
 */
bool capability_comes_with_execve(void);

/*
 * Writes why this process did not get the capability when it was executed, and what mends it.
 * had_no_new_privs is what PR_GET_NO_NEW_PRIVS said before this process set it itself.
 */
void capability_explain_missing(bool had_no_new_privs, char *reason, size_t size);

/* Whether a file carries the capability as permitted; false too if that cannot be known. */
bool capability_of_file(const char *path);

/* Whether a file is on a mount where file capabilities count for nothing (mount(2), MS_NOSUID). */
bool capability_mount_is_nosuid(const char *path);

/* The pid of the process that traces this one, or 0. */
unsigned long capability_tracer(void);

/*
 * Whether the network that this process is in belongs to a user namespace in which its capability
 * does not count: neither its own nor one below. False also where /proc does not tell.
 */
bool capability_is_foreign(void);

/* What to say then, and where bind(2) says EACCES although the capability is effective. */
extern const char capability_foreign_reason[];

#endif
