/* SPDX-License-Identifier: MIT */
#include "bind/missing.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bind/status.h"
#include "policy/format.h"

#define THE_CAPABILITY (UINT32_C(1) << CAP_NET_BIND_SERVICE)

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

/* The file is in order. */
static void explain_process(const char *prefix, char *reason, size_t size)
{
    if (prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 0)
        format_text(reason, size,
                    "%s the bounding set of this process lacks it; keep it there (systemd: "
                    "CAP_NET_BIND_SERVICE in CapabilityBoundingSet=, container: without "
                    "--cap-drop, or with --cap-add "
                    "NET_BIND_SERVICE)",
                    prefix);
    else if (capability_tracer() != 0)
        format_text(reason, size,
                    "%s this process is traced by pid %lu, so the kernel does not grant it; put "
                    "privbind in front of the tracer (privbind -m seccomp strace -f ...), or do "
                    "not trace children",
                    prefix, capability_tracer());
    else
        format_text(
            reason, size,
            "%s this process was traced when it started (put privbind in front of the tracer: "
            "privbind -m seccomp ltrace ...), or the caller shares its file system context "
            "(CLONE_FS), or the file's capability is valid only in another user namespace (set "
            "it in this one, or use the sysctl net.ipv4.ip_unprivileged_port_start)",
            prefix);
}

void capability_explain_missing(bool had_no_new_privs, char *reason, size_t size)
{
    static const char self[] = "/proc/self/exe";
    char path[256] = "";
    const ssize_t length = readlink(self, path, sizeof path - 1);

    const char *prefix = "helper has no CAP_NET_BIND_SERVICE:";
    if (length < 0)
        format_text(reason, size, "%s cannot say why without /proc; mount it", prefix);
    else if (!capability_of_file(self))
        format_text(reason, size,
                    "%s the file has no capability; as root: setcap cap_net_bind_service=p %s",
                    prefix, path);
    else if (had_no_new_privs) /* first: a sandbox mounts everything nosuid as well */
        format_text(reason, size,
                    "%s this process has no_new_privs set; do not set it (systemd: "
                    "remove NoNewPrivileges=yes and every setting that implies it, container: "
                    "remove no-new-privileges), or "
                    "put privbind in front of what sets it (privbind -m seccomp bwrap ...)",
                    prefix);
    else if (capability_mount_is_nosuid(self))
        format_text(reason, size,
                    "%s %s is on a nosuid mount; remount it with suid or install elsewhere", prefix,
                    path);
    else
        explain_process(prefix, reason, size);
}
