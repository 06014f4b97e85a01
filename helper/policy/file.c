/* SPDX-License-Identifier: MIT */
#include "policy/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/format.h"

#define ARENA_SIZE 65536u

/* An ACL that lets anybody write there shows in the group permissions (acl(5), the mask). */
static bool is_trusted(const struct stat *status, const char *what, const char *path,
                       char error[REASON_MAX])
{
    const bool is_roots = status->st_uid == 0;
    if (is_roots && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    if (is_roots)
        reason_set(error, "%s writable by group or others; fix: chmod go-w %s", what, path);
    else
        reason_set(error, "%s owned by uid %lu, not by root; fix: chown root %s", what,
                   (unsigned long)status->st_uid, path);
    return false;
}

/*
 * Whoever may write to the directory could put another file of root's in the place of the right
 * one. In a sticky one only its owner could (unlink(2)).
 */
static bool is_in_trusted_directory(const char *path, char error[REASON_MAX])
{
    struct stat status;
    char directory[256];
    const char *const slash = strrchr(path, '/');
    format_text(directory, sizeof directory, "%.*s", (int)(slash + 1 - path), path);
    if (stat(directory, &status) != 0)
        return reason_set(error, "is in a directory that cannot be examined: %s", strerror(errno));
    if ((status.st_mode & S_ISVTX) != 0)
        status.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
    return is_trusted(&status, "is in a directory that is", directory, error);
}

/*
 * Most files fit in here. A mapping of its own would cost page tables too, at every start, and
 * malloc(3) several mappings.
 */
static char arena[ARENA_SIZE];
static size_t arena_used;

static char *allocate(size_t size)
{
    if (size <= sizeof arena - arena_used) {
        arena_used += size;
        return arena + arena_used - size;
    }
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void release(char *memory, size_t size)
{
    if ((uintptr_t)memory - (uintptr_t)arena >= sizeof arena)
        munmap(memory, size);
    else if (memory + size == arena + arena_used)
        arena_used -= size; /* else it stays used; once the arena is full, files are mapped */
}

/* Reads a file that had size bytes a moment ago; less or more is an error (EAGAIN). */
static bool read_all(int fd, size_t size, struct span *text)
{
    char *buffer = allocate(size + 1);
    if (buffer == NULL)
        return false;
    const ssize_t count = read(fd, buffer, size + 1);
    if (count == (ssize_t)size) {
        *text = (struct span){buffer, size};
        return true;
    }
    const int error = count < 0 ? errno : EAGAIN;
    release(buffer, size + 1);
    errno = error;
    return false;
}

static bool read_checked(const char *path, bool trusted_only, struct span *text,
                         char error[REASON_MAX])
{
    struct stat status;
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        reason_set(error, "does not exist");
        errno = ENOENT;
        return false;
    }
    if (fd < 0 && errno == EACCES)
        return reason_set(error, "is not readable; fix: chmod a+r %s", path);
    if (fd < 0 && errno == EMFILE)
        return reason_set(error, "cannot be opened: too many open files; raise ulimit -n");
    if (fd < 0)
        return reason_set(error, "cannot be opened: %s", strerror(errno));
    bool success = false;
    if (fstat(fd, &status) != 0)
        reason_set(error, "cannot be examined: %s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        reason_set(error, "is not a regular file");
    else if (!trusted_only ||
             (is_trusted(&status, "is", path, error) && is_in_trusted_directory(path, error))) {
        success = read_all(fd, (size_t)status.st_size, text);
        if (!success)
            reason_set(error, "cannot be read: %s", strerror(errno));
    }
    close(fd);
    errno = 0;
    return success;
}

bool file_read_trusted(const char *path, struct span *text, char error[REASON_MAX])
{
    return read_checked(path, true, text, error);
}

bool file_read(const char *path, struct span *text, char error[REASON_MAX])
{
    return read_checked(path, false, text, error);
}

void file_free(struct span text)
{
    if (text.at == NULL)
        return;
    release((char *)(uintptr_t)text.at, text.length + 1);
}

bool file_load_names(struct id_file *file, const char *path)
{
    char error[REASON_MAX];
    if (!file_read(path, &file->text, error) && errno != ENOENT)
        return false;
    file->loaded = true;
    return true;
}
