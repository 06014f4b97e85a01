#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

#define ARENA_SIZE 65536u

static bool failed(char error[FILE_ERROR_MAX], const char *what, const char *mend)
{
    format_text(error, FILE_ERROR_MAX, "%s%s", what, mend);
    return false;
}

/* In a sticky folder others may make files, but what is root's stays where it is (unlink(2)). */
static bool is_trusted(const struct stat *status, const char *prefix, char error[FILE_ERROR_MAX])
{
    const bool is_sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0;
    if (status->st_uid != 0) {
        format_text(error, FILE_ERROR_MAX,
                    "%sis owned by uid %lu, not by root; mend it with: chown root", prefix,
                    (unsigned long)status->st_uid);
        return false;
    }
    /* The mask of an ACL is seen as the group's permissions (acl(5)). */
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky)
        return failed(error, prefix, "is writable by group or others; mend it with: chmod go-w");
    return true;
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
        arena_used -= size; /* else it stays used; passwd and group are kept for good */
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

/* Reads what has been opened, and closes it. */
static bool read_opened(int fd, bool trusted_only, struct span *text, char error[FILE_ERROR_MAX])
{
    struct stat status;
    bool success = false;
    if (fstat(fd, &status) != 0)
        failed(error, "cannot be examined: ", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        failed(error, "is not a regular file", "");
    else if (!trusted_only || is_trusted(&status, "", error)) {
        success = read_all(fd, (size_t)status.st_size, text);
        if (!success)
            failed(error, "cannot be read: ", strerror(errno));
    }
    close(fd);
    errno = 0;
    return success;
}

/* O_NONBLOCK: opening a FIFO would wait for a writer. */
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define LINKS_MAX 16

/*
 * Replaces the symbolic link that path leads to from its start to its end, with name as its last
 * part, by what it says. Returns false with an errno.
 */
static bool follow_link(char path[PATH_MAX], char *name, char *end)
{
    char target[PATH_MAX];
    const char after = *end;
    *end = '\0';
    const ssize_t length = readlink(path, target, sizeof target);
    *end = after;
    const size_t left = strlen(end) + 1;
    if (length > 0 && target[0] == '/')
        name = path;
    errno = ELOOP;
    if (length <= 0 || (size_t)(name - path) + (size_t)length + left > PATH_MAX)
        return false;
    memmove(name + length, end, left);
    memcpy(name, target, (size_t)length);
    return true;
}

/*
 * Turns a path into one without symbolic links. Whoever may write to a folder on the way could put
 * another file of root's in the place of the right one, or mount a file system there (FUSE) that
 * says of any file that it is root's. Each folder is looked at before what is in it, so that nobody
 * but root can change anything of the path that comes out. The root folder itself is not looked at:
 * it may belong to nobody that this user namespace knows.
 * Returns false with an errno, or with 0 and an error.
 */
static bool resolve_trusted(char path[PATH_MAX], char error[FILE_ERROR_MAX])
{
    struct stat status;
    int links = 0;
    for (char *end = path; *end != '\0';) {
        char *name = end + strspn(end, "/");
        end = name + strcspn(name, "/");
        const char after = *end;
        *end = '\0';
        const bool exists = lstat(path, &status) == 0;
        *end = after;
        if (!exists)
            return false;
        if (S_ISLNK(status.st_mode)) {
            errno = ELOOP;
            if (++links > LINKS_MAX || !follow_link(path, name, end))
                return false;
            end = path;
        } else if (after != '\0' && !is_trusted(&status, "lies in a folder that ", error)) {
            errno = 0;
            return false;
        }
    }
    return true;
}

static bool cannot_open(char error[FILE_ERROR_MAX])
{
    const int cause = errno;
    if (cause == ENOENT)
        failed(error, "does not exist", "");
    else if (cause == EACCES)
        failed(error, "may not be read; mend it with: chmod a+r", "");
    else if (cause != 0)
        failed(error, "cannot be opened: ", strerror(cause));
    errno = cause == ENOENT ? ENOENT : 0;
    return false;
}

bool file_read_trusted(const char *path, struct span *text, char error[FILE_ERROR_MAX])
{
    char resolved[PATH_MAX];
    format_text(resolved, sizeof resolved, "%s", path);
    const int fd = resolve_trusted(resolved, error) ? open(resolved, FILE_FLAGS | O_NOFOLLOW) : -1;
    return fd < 0 ? cannot_open(error) : read_opened(fd, true, text, error);
}

bool file_read(const char *path, struct span *text, char error[FILE_ERROR_MAX])
{
    int fd = open(path, FILE_FLAGS);
    return fd < 0 ? cannot_open(error) : read_opened(fd, false, text, error);
}

void file_free(struct span text)
{
    release((char *)(uintptr_t)text.at, text.length + 1);
}

bool file_load_names(struct id_file *file, const char *path)
{
    char error[FILE_ERROR_MAX];
    file->loaded = file_read(path, &file->text, error) || errno == ENOENT;
    return file->loaded;
}

bool file_load_trusted_names(struct id_file *file, const char *path)
{
    char error[FILE_ERROR_MAX];
    file->loaded = file_read_trusted(path, &file->text, error) || errno == ENOENT;
    return file->loaded;
}
