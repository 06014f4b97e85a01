/* SPDX-License-Identifier: MIT */
/*
 * set-capability FILE: gives FILE the file capability cap_net_bind_service=p, as
 * "setcap cap_net_bind_service=p FILE" does, where libcap's tools are not installed.
 *
 * set-capability FROM TO: installs FROM as the program TO, with that capability. Whoever executes
 * TO meanwhile gets the old program or the new one, and each has its capability.
 *
 * For installation by make and by packages; nothing needs it at run time.
 */
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* Whoever may write to the directory may meanwhile put a symbolic link or a FIFO in the file's
   place. */
#define NOT_ANOTHER_FILE (O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

#define TURN_MAX 200 /* hundredths of a second */

/* Exits, and says what fixes the error in errno. */
static _Noreturn void fail(const char *name)
{
    if (errno == EPERM || errno == EACCES)
        err(EXIT_FAILURE, "%s: run it as root", name);
    if (errno == ENOTSUP)
        err(EXIT_FAILURE, "%s: its file system must have security attributes", name);
    err(EXIT_FAILURE, "%s", name);
}

/* The same, and leaves no new file behind. */
static _Noreturn void fail_without(int directory, const char *new, const char *name)
{
    int error = errno;
    unlinkat(directory, new, 0);
    errno = error;
    fail(name);
}

/* To an open file: what its name stands for may change. Returns false with errno. */
static bool set_capability(int fd)
{
    /*
     * Permitted, but not effective: with the effective bit the file could not even be executed if
     * the bounding set lacks the capability, so it could not say what is wrong (execve(2), EPERM).
     */
    struct vfs_cap_data data = {.magic_etc = htole32(VFS_CAP_REVISION_2)};
    data.data[0].permitted = htole32(UINT32_C(1) << CAP_NET_BIND_SERVICE);

    return fsetxattr(fd, "security.capability", &data, sizeof data, 0) == 0;
}

/* Returns false with errno. */
static bool copy(int from, int to)
{
    static char buffer[65536];
    ssize_t length;
    errno = ENOSPC; /* if write(2) is short */
    while ((length = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, (size_t)length) != length)
            return false;
    return length == 0;
}

/* A file in a lower layer of an overlayfs cannot be changed any more once its name is gone. A
   change that changes nothing copies it to the upper layer. */
static void copy_up(int old)
{
    struct stat status;
    if (fstat(old, &status) == 0)
        fchmod(old, status.st_mode & 07777);
}

/*
 * A hard link to the file, made elsewhere, would keep it and its capability beyond an update.
 * Processes that have already opened it by its name get time to execute it first.
 */
static void retire(int old, const char *name)
{
    static const struct timespec while_they_execute = {.tv_nsec = 50000000};
    struct stat status;
    if (fstat(old, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    nanosleep(&while_they_execute, NULL);
    if (fchmod(old, 0) != 0)
        fail(name);
}

/* A new file beside the old one, complete, with mode and capability. Its name must be free. */
static void make_program(int from, int directory, const char *name)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | NOT_ANOTHER_FILE, 0600);
    if (fd < 0)
        fail(name);
    /* A change of content, owner or mode may remove a capability, so the capability is set last. */
    if (!copy(from, fd) || fchown(fd, geteuid(), getegid()) != 0 || fchmod(fd, 0755) != 0 ||
        !set_capability(fd) || fsync(fd) != 0)
        fail_without(directory, name, name);
    close(fd);
}

/* Two runs at once would take each other's new file away. But any user may hold this lock for ever,
   so this waits no longer for it than another run needs. */
static void take_turn(int directory)
{
    static const struct timespec moment = {.tv_nsec = 10000000};
    for (int i = 0; i < TURN_MAX && flock(directory, LOCK_EX | LOCK_NB) != 0; i++)
        nanosleep(&moment, NULL);
}

/* Opens the directory of a path and locks it; *name becomes the part after it. */
static int open_directory(char *path, const char **name)
{
    char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    if (slash != NULL)
        *slash = '\0';
    const char *directory = slash == NULL ? "." : slash == path ? "/" : path;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fail(directory);
    take_turn(fd);
    return fd;
}

static void install(const char *from_path, char *path)
{
    char new[NAME_MAX + 1];
    const char *name;
    int from = open(from_path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        fail(from_path);
    int directory = open_directory(path, &name);
    if (snprintf(new, sizeof new, "%s.new", name) >= (int)sizeof new)
        errx(EXIT_FAILURE, "%s: the name is too long", name);

    int stale = openat(directory, new, O_RDONLY | NOT_ANOTHER_FILE);
    if (stale >= 0)
        retire(stale, new);
    if (unlinkat(directory, new, 0) != 0 && errno != ENOENT)
        fail(new);
    make_program(from, directory, new);

    int old = openat(directory, name, O_RDONLY | NOT_ANOTHER_FILE);
    if (old >= 0)
        copy_up(old);
    if (renameat(directory, new, directory, name) != 0)
        fail_without(directory, new, name);
    if (old >= 0)
        retire(old, name);
}

int main(int argc, char *argv[])
{
    if (argc == 3) {
        install(argv[1], argv[2]);
        return EXIT_SUCCESS;
    }
    if (argc != 2) {
        fputs("usage: set-capability FILE\n       set-capability FROM TO\n", stderr);
        return 2;
    }
    int fd = open(argv[1], O_RDONLY | NOT_ANOTHER_FILE);
    if (fd < 0)
        fail(argv[1]);
    if (!set_capability(fd))
        fail(argv[1]);
    return EXIT_SUCCESS;
}
