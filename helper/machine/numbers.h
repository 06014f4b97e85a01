/* SPDX-License-Identifier: MIT */
/* What older headers of kernels and libcs do not name. */
#ifndef PRIVBIND_NUMBERS_H
#define PRIVBIND_NUMBERS_H

#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/syscall.h>

/* The same on every machine: the calls from Linux 5.1 on have one number. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5)
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SO_PASSRIGHTS /* Linux 6.16 */
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_SNDTIMEO_OLD /* what musl knows by another name */
#define SO_SNDTIMEO_OLD 21
#endif

#endif
