/*
 * set-capability FILE: gives FILE the file capability cap_net_bind_service=p, as
 * "setcap cap_net_bind_service=p FILE" does, where libcap's tools are not installed.
 *
 * For the build only; it is not installed.
 */
#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int argc, char *argv[])
{
    /*
     * Permitted, but not effective: with the effective bit the file could not even be executed
     * where the bounding set lacks the capability, so could not say what is wrong (execve(2),
     * EPERM).
     */
    struct vfs_cap_data data = {.magic_etc = htole32(VFS_CAP_REVISION_2)};
    data.data[0].permitted = htole32(UINT32_C(1) << CAP_NET_BIND_SERVICE);

    if (argc != 2) {
        fputs("usage: set-capability FILE\n", stderr);
        return 2;
    }
    if (setxattr(argv[1], "security.capability", &data, sizeof data, 0) != 0) {
        fprintf(stderr, "set-capability: %s: %s; %s\n", argv[1], strerror(errno),
                errno == EPERM ? "run it as root"
                               : "the file system must have security attributes");
        return 1;
    }
    return 0;
}
