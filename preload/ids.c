/* SPDX-License-Identifier: MIT */
#include "ids.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/machine.h"

#define OVERFLOW_MAX 65535u /* the highest overflow id that the kernel accepts */
#define OVERFLOW_ID 65534u  /* its usual value */
#define ALL_IDS 0xffffffffu /* how many there are */

/* Reads the beginning of a file in /proc; returns its length, 0 if that cannot be had. */
static size_t read_start(const char *path, char *text, size_t size)
{
    const long fd = RAW_4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    const long length = RAW_3(SYS_read, fd, text, size);
    RAW_1(SYS_close, fd);
    return length < 0 ? 0 : (size_t)length;
}

/* Takes the number at *at, with the blanks around it; returns false if there is none. */
static bool take_number(const char **at, const char *end, uint64_t *number)
{
    const char *digits = *at;
    while (digits < end && *digits == ' ')
        digits++;
    const char *next = digits;
    for (*number = 0; next < end && *next >= '0' && *next <= '9'; next++)
        *number = *number * 10 + (uint64_t)(*next - '0');
    *at = next < end ? next + 1 : end;
    return next > digits;
}

/* The answer is kept, in the host's memory: all namespaces have the same overflow id. */
static uint64_t overflow_uid(void)
{
    static unsigned kept;
    char text[16] = "";
    const char *at = text;
    uint64_t id = __atomic_load_n(&kept, __ATOMIC_RELAXED);
    if (id != 0)
        return id;
    const size_t length = read_start("/proc/sys/kernel/overflowuid", text, sizeof text);
    if (!take_number(&at, text + length, &id))
        return OVERFLOW_ID;
    __atomic_store_n(&kept, (unsigned)id, __ATOMIC_RELAXED);
    return id;
}

/* Lines of three numbers: the first id inside, the first outside, how many. */
static bool maps_all_uids(void)
{
    char text[1024] = "";
    const char *at = text;
    const char *end = text + read_start("/proc/self/uid_map", text, sizeof text);
    uint64_t inside, outside, count, all = 0;
    while (take_number(&at, end, &inside) && take_number(&at, end, &outside) &&
           take_number(&at, end, &count))
        all += count;
    return all >= ALL_IDS;
}

bool uid_is_known(unsigned uid)
{
    return uid > OVERFLOW_MAX || uid != overflow_uid() || maps_all_uids();
}
