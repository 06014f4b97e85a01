/* SPDX-License-Identifier: MIT */
/*
 * What a supervised thread has handed to the kernel by address and by number: its memory, its
 * socket. Both are copies. It is not known whose they are until the kernel has said that the thread
 * still waits (seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_ID_VALID).
 */
#ifndef PRIVBIND_CALLER_H
#define PRIVBIND_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads length bytes at an address of a thread. Returns false if not all of it is there (errno
 * EFAULT), or if nobody may look or the thread is gone (any other errno).
 */
bool caller_read(uint32_t tid, uint64_t address, void *to, size_t length);

/*
 * Returns a copy of a thread's descriptor, to be closed by whoever calls this function, or -1 with
 * errno: EBADF if there is none, any other if nobody may have it or the thread is gone. Keeps one
 * more descriptor open, a pidfd.
 */
int caller_socket(uint32_t tid, int number);

/* Returns the process that a thread belongs to, or 0 if /proc does not tell. */
pid_t caller_process(uint32_t tid);

/*
 * Whether the thread's process made itself undumpable, or runs a program that its user may not
 * read: that is what the kernel goes by when it forbids looking into it.
 */
bool caller_is_undumpable(uint32_t tid);

/* Whether CAP_NET_BIND_SERVICE is effective in the thread, in whatever user namespace that is. */
bool caller_is_capable(uint32_t tid);

#endif
