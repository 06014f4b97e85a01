#include "bind/capability.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bind/process.h"
#include "policy/format.h"

#define THE_CAPABILITY (UINT32_C(1) << CAP_NET_BIND_SERVICE)

/* Capabilities 0 to 31 and 32 to 63 (capget(2), _LINUX_CAPABILITY_VERSION_3). */
typedef struct __user_cap_data_struct capability_sets[2];

static bool get_sets(capability_sets sets)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    memset(sets, 0, sizeof(capability_sets));
    return syscall(SYS_capget, &header, sets) == 0;
}

static bool set_sets(uint32_t permitted, uint32_t effective)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const capability_sets sets = {{.permitted = permitted, .effective = effective}};
    capability_sets now;

    return syscall(SYS_capset, &header, sets) == 0 && get_sets(now) &&
           memcmp(now, sets, sizeof now) == 0;
}

bool capability_drop_all_but(bool keep, bool *kept)
{
    capability_sets sets;
    if (!get_sets(sets))
        return false;
    uint32_t permitted = keep ? sets[0].permitted & THE_CAPABILITY : 0;
    *kept = permitted != 0;
    /* The ambient set is always within the permitted and the inheritable one: it is empty now. */
    return set_sets(permitted, 0);
}

bool capability_set_effective(bool effective)
{
    return set_sets(THE_CAPABILITY, effective ? THE_CAPABILITY : 0);
}

unsigned long capability_tracer(void)
{
    return process_status_number("/proc/self/status", "TracerPid:");
}

/*
 * The attribute is an array of little-endian words: magic, then permitted and inheritable for
 * capabilities 0 to 31 (struct vfs_cap_data in linux/capability.h).
 */
bool capability_of_file(const char *path)
{
    unsigned char data[sizeof(struct vfs_ns_cap_data)] = {0};
    if (getxattr(path, "security.capability", data, sizeof data) < 8)
        return false;
    uint32_t permitted = (uint32_t)data[4] | (uint32_t)data[5] << 8 | (uint32_t)data[6] << 16 |
                         (uint32_t)data[7] << 24;
    return (permitted & THE_CAPABILITY) != 0;
}

bool capability_mount_is_nosuid(const char *path)
{
    struct statvfs mount;
    return statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0;
}

void capability_explain_missing(bool had_no_new_privs, char *reason, size_t size)
{
    static const char self[] = "/proc/self/exe";
    char path[256];
    ssize_t length = readlink(self, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';

    const char *prefix = "helper has no CAP_NET_BIND_SERVICE:";
    if (length < 0)
        format_text(reason, size, "%s cannot say why without /proc; mount it", prefix);
    else if (!capability_of_file(self))
        format_text(reason, size,
                    "%s the file has no capability; as root: setcap cap_net_bind_service=p %s",
                    prefix, path);
    else if (capability_mount_is_nosuid(self))
        format_text(reason, size,
                    "%s %s is on a nosuid mount; remount it with suid or install elsewhere", prefix,
                    path);
    else if (had_no_new_privs)
        format_text(reason, size,
                    "%s this process has no_new_privs set; start it without (systemd: "
                    "NoNewPrivileges=no and what implies it, container: no-new-privileges)",
                    prefix);
    else if (prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 0)
        format_text(reason, size,
                    "%s the bounding set of this process lacks it; add it (systemd: "
                    "CapabilityBoundingSet=, container: --cap-add NET_BIND_SERVICE)",
                    prefix);
    else if (capability_tracer() != 0)
        format_text(reason, size,
                    "%s this process is traced by pid %lu, and the kernel gives none then; do not "
                    "trace children",
                    prefix, capability_tracer());
    else
        format_text(reason, size,
                    "%s the file's capability counts in another user namespace only, or the caller "
                    "shares its file system context (CLONE_FS); set it in this namespace, or use "
                    "net.ipv4.ip_unprivileged_port_start",
                    prefix);
}

const char capability_foreign_reason[] =
    "helper has CAP_NET_BIND_SERVICE, but not in the user namespace that owns this network (or a "
    "security module objects); in that network set sysctl net.ipv4.ip_unprivileged_port_start";

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
    capability_sets sets;
    const bool is_permitted = get_sets(sets) && (sets[0].permitted & THE_CAPABILITY) != 0;
    return is_permitted && (is_root || is_ambient) && !capability_is_foreign();
}
