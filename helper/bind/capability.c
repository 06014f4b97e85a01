/* SPDX-License-Identifier: MIT */
#include "bind/capability.h"

#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THE_CAPABILITY (UINT32_C(1) << CAP_NET_BIND_SERVICE)

/* Capabilities 0 to 31 and 32 to 63 (capget(2), _LINUX_CAPABILITY_VERSION_3). */
typedef struct __user_cap_data_struct capability_sets[2];

static bool get_sets(capability_sets sets)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    memset(sets, 0, sizeof(capability_sets));
    return syscall(SYS_capget, &header, sets) == 0;
}

/*
 * What is given up is read back: a container's filter may report success and do nothing, and more
 * than was meant would be left. What is raised is not read back: if it was not raised, bind(2)
 * fails.
 */
static bool set_sets(uint32_t permitted, uint32_t effective)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const capability_sets sets = {{.permitted = permitted, .effective = effective}};
    capability_sets now;

    return syscall(SYS_capset, &header, sets) == 0 &&
           (effective != 0 || (get_sets(now) && memcmp(now, sets, sizeof now) == 0));
}

bool capability_drop_all_but(bool keep, bool *kept)
{
    /* The ambient set is always within the permitted and the inheritable one, so it ends up empty.
       A capability that is not there cannot be kept: capset(2) says EPERM and changes nothing. */
    *kept = keep && set_sets(THE_CAPABILITY, 0);
    return *kept || set_sets(0, 0);
}

bool capability_set_effective(bool effective)
{
    return set_sets(THE_CAPABILITY, effective ? THE_CAPABILITY : 0);
}

/* If that cannot be known, true. */
bool capability_is_effective(void)
{
    capability_sets sets;
    return !get_sets(sets) || (sets[0].effective & THE_CAPABILITY) != 0;
}

bool capability_is_permitted(void)
{
    capability_sets sets;
    return get_sets(sets) && (sets[0].permitted & THE_CAPABILITY) != 0;
}
