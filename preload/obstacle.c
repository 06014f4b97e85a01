/* SPDX-License-Identifier: MIT */
#include "obstacle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/stat.h>
#include <string.h>

#include "machine/machine.h"

#define LINK_ITSELF 0x100 /* AT_SYMLINK_NOFOLLOW, which libc shows only with _GNU_SOURCE */

/* This thread's: another thread's children are another matter (unshare(2), CLONE_NEWPID). */
#define OWN_NAMESPACE "/proc/thread-self/ns/pid"
#define NAMESPACE_OF_CHILDREN "/proc/thread-self/ns/pid_for_children"

const struct obstacle obstacle_signals = {
    "a sandbox forbids blocking signals (rt_sigprocmask), so this process cannot ask",
    "start the program with privbind -m seccomp, which needs nothing of it"};

/* With no_new_privs, a file's capability is cut down to what the process has already
   (capabilities(7)). */
static bool is_permitted(void)
{
    const struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    return RAW_2(SYS_capget, &header, sets) == 0 &&
           (sets[0].permitted & UINT32_C(1) << CAP_NET_BIND_SERVICE) != 0;
}

/*
 * With no_new_privs the helper gains nothing. And programs that set it often have a sandbox that
 * answers a forbidden call with SIGSYS: while that is blocked, such a call of ours would kill them.
 */
static bool no_helper_gains(const struct settings *settings)
{
    return settings->socket == NULL && RAW_5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
           !is_permitted();
}

/*
 * After unshare(CLONE_NEWPID) the host's next child is process 1 of the new namespace. If that were
 * the broker, the namespace would end with it, and the host could start nothing there. If the
 * namespace has a process 1 already, process numbers there differ from those here. The link of a
 * namespace without a process cannot be read (ENOENT). Without /proc nobody can tell: go on.
 */
static bool children_live_elsewhere(void)
{
    char own[32] = "", of_children[32] = "";
    struct statx status;
    if (RAW_4(SYS_readlinkat, AT_FDCWD, OWN_NAMESPACE, own, sizeof own - 1) < 0)
        return false;
    const long length =
        RAW_4(SYS_readlinkat, AT_FDCWD, NAMESPACE_OF_CHILDREN, of_children, sizeof of_children - 1);
    if (length == -ENOENT)
        return RAW_5(SYS_statx, AT_FDCWD, NAMESPACE_OF_CHILDREN, LINK_ITSELF, STATX_TYPE,
                     &status) == 0;
    return length > 0 && memcmp(own, of_children, sizeof own) != 0;
}

const struct obstacle *obstacle_find(const struct settings *settings)
{
    static const struct obstacle
        no_new_privs =
            {"this process has no_new_privs set, which denies the capability to",
             "do not set it (systemd: remove NoNewPrivileges=yes and every setting "
             "that implies it, container: remove no-new-privileges; privbind sets it for "
             "what it supervises), or put privbind in front of what sets it (privbind "
             "-m seccomp bwrap ...), or as root use privbind -u"},
        elsewhere = {"the next child of this process would be in another PID namespace "
                     "(CLONE_NEWPID), so this "
                     "process cannot ask",
                     "bind earlier, or in the first process of that namespace"};
    if (no_helper_gains(settings))
        return &no_new_privs;
    return children_live_elsewhere() ? &elsewhere : NULL;
}
