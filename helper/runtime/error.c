/* SPDX-License-Identifier: MIT */
/* strerror(3), for what open, read, bind and the like say. The locale is none of our business. */
#include <errno.h>
#include <string.h>

/* Characters, not pointers to them: those would have to be relocated. */
static const struct {
    int number;
    char text[44];
} known[] = {
    {0, "Success"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {ESRCH, "No such process"},
    {EINTR, "Interrupted system call"},
    {EIO, "Input/output error"},
    {ENXIO, "No such device or address"},
    {EBADF, "Bad file descriptor"},
    {ECHILD, "No child processes"},
    {EAGAIN, "Resource temporarily unavailable"},
    {ENOMEM, "Cannot allocate memory"},
    {EACCES, "Permission denied"},
    {EFAULT, "Bad address"},
    {EBUSY, "Device or resource busy"},
    {ENODEV, "No such device"},
    {ENOTDIR, "Not a directory"},
    {EISDIR, "Is a directory"},
    {EINVAL, "Invalid argument"},
    {ENFILE, "Too many open files in system"},
    {EMFILE, "Too many open files"},
    {EFBIG, "File too large"},
    {ENOSPC, "No space left on device"},
    {EPIPE, "Broken pipe"},
    {ENAMETOOLONG, "File name too long"},
    {ENOSYS, "Function not implemented"},
    {ELOOP, "Too many levels of symbolic links"},
    {EOVERFLOW, "Value too large for defined data type"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {ENOPROTOOPT, "Protocol not available"},
    {EPROTONOSUPPORT, "Protocol not supported"},
    {EOPNOTSUPP, "Operation not supported"},
    {EAFNOSUPPORT, "Address family not supported by protocol"},
    {EADDRINUSE, "Address already in use"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {ENETDOWN, "Network is down"},
    {ENETUNREACH, "Network is unreachable"},
    {ENOBUFS, "No buffer space available"},
    {ETIMEDOUT, "Connection timed out"},
    {ESTALE, "Stale file handle"},
};

static char *unknown(int number)
{
    static char text[] = "Unknown error 0000";
    unsigned rest = (unsigned)number;
    for (size_t at = sizeof text - 2; at >= sizeof text - 5; at--, rest /= 10)
        text[at] = (char)('0' + rest % 10);
    return text;
}

char *strerror(int number)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].number == number)
            return (char *)(size_t)known[i].text;
    }
    return unknown(number);
}
