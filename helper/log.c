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
    return log_socket >= 0 &&
           setsockopt(log_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
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
     * No /dev/log, nobody behind it, not for this user, or not of this kind: a machine without a
     * system log for us, and not in the caller's hands. Everything else refuses the bind. A caller
     * can fill the log, use up memory, or stop and continue us while we wait (EINTR, signal(7)).
     */
    return errno == ENOENT || errno == ECONNREFUSED || errno == EACCES || errno == EPROTOTYPE;
}
