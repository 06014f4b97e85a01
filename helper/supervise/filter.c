/* SPDX-License-Identifier: MIT */
/*
 * The number of a system call depends on the architecture, and a 64-bit kernel serves the 32-bit
 * numbers too, at the whim of the program: so each kind of bind is reported. An architecture that
 * is not known here passes; its binds are not served, and the kernel refuses them as it would
 * without us.
 */
#include "supervise/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/machine.h"

#define SYS_BIND_OF_SOCKETCALL 2 /* linux/net.h */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Jumps count from the next line. */
static struct sock_filter code[] = {
    LOAD(arch),                       /* 0 */
    IF(MACHINE_64, 1, 0),             /* 1: to 3 */
    IF(MACHINE_32, 3, 8),             /* 2: to 6, or pass */
    LOAD(nr),                         /* 3 */
    IF(MACHINE_BIND_64, 7, 0),        /* 4: notify */
    IF(MACHINE_OTHER_BIND_64, 6, 5),  /* 5: notify or pass */
    LOAD(nr),                         /* 6 */
    IF(MACHINE_BIND_32, 4, 0),        /* 7: notify */
    IF(MACHINE_SOCKETCALL_32, 0, 2),  /* 8: to 9, or pass */
    LOAD(args[0]),                    /* 9: the low half, since these machines begin with it */
    IF(SYS_BIND_OF_SOCKETCALL, 1, 0), /* 10: notify or pass */
    RETURN(SECCOMP_RET_ALLOW),        /* 11 */
    RETURN(SECCOMP_RET_USER_NOTIF),   /* 12 */
};

int filter_install(void)
{
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAGS, &program);
    if (listener < 0 && errno == EINVAL) /* before Linux 5.19: see notification.c */
        listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                           &program);
    return listener < 0 ? -errno : (int)listener;
}

bool filter_is_served(void)
{
    return syscall(SYS_bind, FILTER_PROBE_SOCKET, NULL, FILTER_PROBE_LENGTH) != 0 &&
           errno == FILTER_PROBE_ANSWER;
}

struct filter_call filter_decode(const struct seccomp_data *data)
{
    if (data->arch == MACHINE_32 && data->nr != MACHINE_BIND_32)
        return (struct filter_call){.address = data->args[1], .is_in_memory = true};
    return (struct filter_call){
        .socket = (int)data->args[0], .address = data->args[1], .length = (uint32_t)data->args[2]};
}
