/* SPDX-License-Identifier: MIT */
#include "bind/port.h"

#include <fcntl.h>
#include <unistd.h>

#include "policy/span.h"

unsigned port_first_unprivileged(void)
{
    static int fd = -1;
    char text[16];
    unsigned long start = PORT_USUAL_START;
    if (fd < 0)
        fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_RDONLY | O_CLOEXEC);
    ssize_t length = pread(fd, text, sizeof text, 0);
    struct span rest = {text, length < 0 ? 0 : (size_t)length};
    span_number(span_cut(&rest, '\n'), 65536, &start);
    return (unsigned)start;
}
