#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "format.h"

static int log_socket = -1;
static pid_t log_pid; /* of whoever opened it, which starts no other that logs */

bool log_open(void)
{
    const struct timeval limit = {.tv_sec = 1};
    log_pid = getpid();
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (log_socket < 0)
        return false;
    setsockopt(log_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return true;
}

/* The log puts the time to the line itself (systemd-journald(8), rsyslogd(8), busybox). */
bool log_line(int severity, const char *format, ...)
{
    char line[1024];
    size_t size = format_text(line, sizeof line,
                              "<%d>privbind-helper[%d]: ", LOG_AUTHPRIV | severity, log_pid);
    va_list arguments;
    va_start(arguments, format);
    size += format_text_list(line + size, sizeof line - size, format, arguments);
    va_end(arguments);

    /* By its name each time: it may have been restarted. */
    const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    if (sendto(log_socket, line, size, MSG_NOSIGNAL, (const struct sockaddr *)&log, sizeof log) >=
        0)
        return true;
    /*
     * Full for a second, or no memory: a caller can bring these about, by flooding the log or by
     * limits, and they refuse the bind. Everything else (no /dev/log, nobody behind it) is not in
     * the caller's hands and means a machine without a system log.
     */
    return errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM;
}
