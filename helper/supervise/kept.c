/* SPDX-License-Identifier: MIT */
#include "supervise/kept.h"

#include <fcntl.h>
#include <linux/stat.h> /* and not sys/stat.h, which in older libcs lacks struct statx */
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "policy/file.h"

#ifndef AT_STATX_FORCE_SYNC
#define AT_STATX_FORCE_SYNC 0x2000
#endif

/*
 * A file system's clock stands still for a moment (4 ms in the kernel, 2 s on FAT): a change in the
 * same moment as the one before does not show if the size stays the same. So what was young when it
 * was read is read again.
 */
#define YOUNG 3 /* seconds */

/* What a file was when it was read. */
struct stamp {
    struct statx status;
    bool is_old;
};

/* Returns false if that cannot be known: then the file is read each time. */
static bool look(const char *path, struct stamp *stamp)
{
    memset(stamp, 0, sizeof *stamp);
    /* A network file system's cache is not trusted. */
    return syscall(SYS_statx, AT_FDCWD, path, AT_STATX_FORCE_SYNC,
                   STATX_INO | STATX_SIZE | STATX_MTIME | STATX_CTIME, &stamp->status) == 0;
}

static bool is_old(const struct statx *status)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec - status->stx_ctime.tv_sec > YOUNG;
}

static bool same_time(const struct statx_timestamp *left, const struct statx_timestamp *right)
{
    return left->tv_sec == right->tv_sec && left->tv_nsec == right->tv_nsec;
}

static bool is_same(const struct statx *left, const struct statx *right)
{
    return left->stx_ino == right->stx_ino && left->stx_dev_major == right->stx_dev_major &&
           left->stx_dev_minor == right->stx_dev_minor && left->stx_size == right->stx_size &&
           same_time(&left->stx_mtime, &right->stx_mtime) &&
           same_time(&left->stx_ctime, &right->stx_ctime);
}

/* Whether the file is what it was when it got its stamp. If not, the stamp is renewed: to be called
   before the file is read, so that a change in between shows the next time. */
static bool is_unchanged(const char *path, struct stamp *stamp)
{
    const struct stamp before = *stamp;
    if (!look(path, stamp))
        return false;
    stamp->is_old = before.is_old && is_same(&before.status, &stamp->status);
    if (stamp->is_old)
        return true;
    stamp->is_old = is_old(&stamp->status);
    return false;
}

static void refresh_policy(struct subject *subject)
{
    static struct stamp stamp;
    char unused[REASON_MAX];
    if (is_unchanged(PRIVBIND_CONF, &stamp) && subject->policy.at != NULL)
        return;
    file_free(subject->policy);
    if (!file_read_trusted(PRIVBIND_CONF, &subject->policy, unused))
        subject->policy = (struct span){NULL, 0}; /* the decision finds out why, and says so */
}

static void refresh_names(const char *path, struct stamp *stamp, struct id_file *file,
                          struct span *own)
{
    if (!file->loaded || is_unchanged(path, stamp))
        return;
    file_free(file->text);
    *file = (struct id_file){0};
    *own = (struct span){NULL, 0};
}

void kept_refresh(struct subject *subject)
{
    static struct stamp passwd, group;
    struct identity *who = &subject->identity;
    if (subject->rules.at == NULL)
        refresh_policy(subject);
    refresh_names("/etc/passwd", &passwd, &who->passwd, &who->own_users);
    refresh_names("/etc/group", &group, &who->group, &who->own_groups);
}
