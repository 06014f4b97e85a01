#include "bind/port.h"

#include <fcntl.h>
#include <unistd.h>

#include "policy/span.h"

unsigned port_first_unprivileged(void)
{
    char text[16];
    unsigned long start = PORT_USUAL_START;
    int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    struct span rest = {text, length < 0 ? 0 : (size_t)length};
    span_number(span_cut(&rest, '\n'), 65536, &start);
    return (unsigned)start;
}
