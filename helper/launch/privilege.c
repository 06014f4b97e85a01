/* SPDX-License-Identifier: MIT */
#include "launch/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/securebits.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bind/capability.h"

/*
 * The kernel names the owner only if that is our user namespace or one below it (ioctl_ns(2),
 * EPERM), and a capability counts in those below as well (user_namespaces(7)).
 */
bool capability_is_foreign(void)
{
    int network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (network < 0)
        return false;
    int owner = ioctl(network, NS_GET_USERNS);
    const bool foreign = owner < 0 && errno == EPERM;
    close(owner);
    close(network);
    return foreign;
}

bool capability_comes_with_execve(void)
{
    const bool is_root = geteuid() == 0 &&
                         (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & SECBIT_NOROOT) == 0 &&
                         prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 1;
    const bool is_ambient =
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) == 1;
    /* With no_new_privs root gets no more than is permitted now (prctl(2)). */
    return capability_is_permitted() && (is_root || is_ambient) && !capability_is_foreign();
}
