#include "bind/log.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/format.h"

static int log_socket = -1;
static pid_t log_pid; /* of whoever opened it, which starts no other that logs */

bool log_open(void)
{
    const struct timeval limit = {.tv_sec = PRIVBIND_WAIT_LOG / 1000};
    log_pid = getpid();
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return log_socket >= 0 &&
           setsockopt(log_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

int log_descriptor(void)
{
    return log_socket;
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

    /* One entry is one line: a name or a path with control characters must not look like another
       entry, or like what a terminal takes for a command. */
    format_clean(line);

    /* By its name each time: it may have been restarted. */
    const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    if (sendto(log_socket, line, size, MSG_NOSIGNAL, (const struct sockaddr *)&log, sizeof log) >=
        0)
        return true;
    /*
     * No /dev/log, nobody behind it, or one of another kind: a machine without a system log as we
     * mean it, and not in the caller's hands. Everything else may be, and refuses the bind: full
     * for a second, by flooding the log; no memory, by limits; EINTR, by SIGSTOP and SIGCONT while
     * it is full (signal(7)); EACCES, by a profile of a security module.
     */
    return errno == ENOENT || errno == ECONNREFUSED || errno == EPROTOTYPE;
}
