/* SPDX-License-Identifier: MIT */
/* struct statx of linux/stat.h, which not every libc lets us include beside its own. */
#ifndef PRIVBIND_STATX_H
#define PRIVBIND_STATX_H

#include <stdint.h>

#define STATX_BASIC 0x7ffu
#define STATX_EMPTY_PATH 0x1000 /* AT_EMPTY_PATH */

struct kernel_statx {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, uid, gid;
    uint16_t mode, unused;
    uint64_t inode, size, blocks, attributes_mask;
    struct {
        int64_t seconds;
        uint32_t nanoseconds, unused;
    } accessed, born, changed, modified;
    uint32_t of_device_major, of_device_minor, device_major, device_minor;
    uint64_t later[14];
};
_Static_assert(sizeof(struct kernel_statx) == 256, "the kernel writes as much");

#endif
