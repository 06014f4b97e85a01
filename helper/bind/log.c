/* SPDX-License-Identifier: MIT */
#include "bind/log.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/format.h"

static int log_socket = -1;
static pid_t log_pid; /* of the process that opened the socket; none of its children logs */

static const struct sockaddr_un log_name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

/* From now on neither connect(2) nor a send waits longer than PRIVBIND_WAIT_LOG (socket(7),
   SO_SNDTIMEO). */
static bool limit_waiting(int fd)
{
    const struct timeval limit = {.tv_sec = PRIVBIND_WAIT_LOG / 1000};
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

bool log_open(void)
{
    log_pid = getpid();
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return log_socket >= 0;
}

int log_descriptor(void)
{
    return log_socket;
}

/* By the log's name each time: the daemon may have been restarted. */
static bool send_with(int flags, const char *line, size_t size)
{
    return sendto(log_socket, line, size, MSG_NOSIGNAL | flags, (const struct sockaddr *)&log_name,
                  sizeof log_name) == (ssize_t)size;
}

/* Most often there is room, and nothing to wait for. */
static bool send_datagram(const char *line, size_t size)
{
    return send_with(MSG_DONTWAIT, line, size) ||
           (errno == EAGAIN && limit_waiting(log_socket) && send_with(0, line, size));
}

/* For daemons that want a stream (syslog-ng's unix-stream); there a NUL ends an entry, as with
   syslog(3). */
static bool send_to_stream(const char *line, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_sent = fd >= 0 && limit_waiting(fd) &&
                         connect(fd, (const struct sockaddr *)&log_name, sizeof log_name) == 0 &&
                         send(fd, line, size + 1, MSG_NOSIGNAL) == (ssize_t)size + 1;
    close(fd);
    return is_sent;
}

/* The log adds the time to the line itself (systemd-journald(8), rsyslogd(8), busybox). */
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

    /*
     * No /dev/log, or nobody behind it: a machine without a system log. That is not the caller's
     * doing. Any other failure may be, and the bind is refused: the log is full for a second
     * (flooded); no memory (limits); EINTR (SIGSTOP and SIGCONT while it is full, signal(7));
     * EACCES (the profile of a security module).
     */
    return send_datagram(line, size) || errno == ENOENT || errno == ECONNREFUSED ||
           (errno == EPROTOTYPE && send_to_stream(line, size));
}
