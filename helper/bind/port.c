#include "bind/port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bind/log.h"
#include "policy/span.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

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

/* Returns 0 or an errno. */
static int get_network(int descriptor, uint64_t *network)
{
    socklen_t length = sizeof *network;
    return getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, network, &length) == 0 ? 0 : errno;
}

bool port_is_of_this_network(int descriptor)
{
    uint64_t theirs = 0, ours = 0;
    const int error = get_network(descriptor, &theirs);
    return error == 0 ? get_network(log_descriptor(), &ours) == 0 && theirs == ours
                      : error == ENOPROTOOPT;
}
