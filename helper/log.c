#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int log_socket = -1;

static bool reach_log(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    return connect(log_socket, (const struct sockaddr *)&address, sizeof address) == 0;
}

bool log_open(void)
{
    const struct timeval limit = {.tv_sec = 1};
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (log_socket < 0)
        return false;
    setsockopt(log_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    reach_log();
    return true;
}

/* The log puts the time to the line itself (systemd-journald(8), rsyslogd(8), busybox). */
bool log_line(int severity, const char *format, ...)
{
    char line[1024];
    int length = snprintf(line, sizeof line, "<%d>privbind-helper[%ld]: ", LOG_AUTHPRIV | severity,
                          (long)getpid());
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;

    if (send(log_socket, line, size, MSG_NOSIGNAL) >= 0)
        return true;
    /* It was restarted, or has only been started since. */
    if (errno != EAGAIN && reach_log() && send(log_socket, line, size, MSG_NOSIGNAL) >= 0)
        return true;
    /*
     * Full for a second, or no memory: a caller can bring these about, by flooding the log or by
     * limits, and they refuse the bind. Everything else (no /dev/log, nobody behind it) is not in
     * the caller's hands and means a machine without a system log.
     */
    return errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM;
}
