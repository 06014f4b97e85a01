#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(char error[FILE_ERROR_MAX], const char *what, const char *mend)
{
    snprintf(error, FILE_ERROR_MAX, "%s%s", what, mend);
    return false;
}

static bool is_trusted(const struct stat *status, char error[FILE_ERROR_MAX])
{
    if (status->st_uid != 0) {
        snprintf(error, FILE_ERROR_MAX,
                 "is owned by uid %lu, not by root; mend it with: chown root",
                 (unsigned long)status->st_uid);
        return false;
    }
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return failed(error, "is writable by group or others; mend it with: chmod go-w", "");
    return true;
}

/* Reads up to the end, even if the file grows beyond the size it had. */
static bool read_all(int fd, size_t size_hint, struct span *text)
{
    size_t capacity = size_hint + 1, length = 0;
    char *buffer = malloc(capacity);
    while (buffer != NULL) {
        ssize_t count = read(fd, buffer + length, capacity - length);
        if (count == 0) {
            *text = (struct span){buffer, length};
            return true;
        }
        if (count < 0)
            break;
        length += (size_t)count;
        if (length == capacity) {
            capacity *= 2;
            char *larger = realloc(buffer, capacity);
            if (larger == NULL)
                break;
            buffer = larger;
        }
    }
    free(buffer);
    return false;
}

static bool read_checked(const char *path, bool trusted_only, struct span *text,
                         char error[FILE_ERROR_MAX])
{
    struct stat status;
    /* O_NONBLOCK: opening a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        failed(error, "does not exist", "");
        errno = ENOENT;
        return false;
    }
    if (fd < 0 && errno == EACCES)
        return failed(error, "may not be read; mend it with: chmod a+r", "");
    if (fd < 0)
        return failed(error, "cannot be opened: ", strerror(errno));
    bool success = false;
    if (fstat(fd, &status) != 0)
        failed(error, "cannot be examined: ", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        failed(error, "is not a regular file", "");
    else if (!trusted_only || is_trusted(&status, error)) {
        success = read_all(fd, (size_t)status.st_size, text);
        if (!success)
            failed(error, "cannot be read: ", strerror(errno));
    }
    close(fd);
    errno = 0;
    return success;
}

bool file_read_trusted(const char *path, struct span *text, char error[FILE_ERROR_MAX])
{
    return read_checked(path, true, text, error);
}

bool file_read(const char *path, struct span *text, char error[FILE_ERROR_MAX])
{
    return read_checked(path, false, text, error);
}

void file_free(struct span text)
{
    free((void *)(uintptr_t)text.at);
}

bool file_load_names(struct id_file *file, const char *path)
{
    char error[FILE_ERROR_MAX];
    if (!file_read(path, &file->text, error) && errno != ENOENT)
        return false;
    file->loaded = true;
    return true;
}
