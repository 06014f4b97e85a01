/* SPDX-License-Identifier: MIT */
#include "bind/status.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "policy/span.h"

unsigned long process_status_number(const char *path, const char *field)
{
    char text[1024];
    unsigned long number = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    for (struct span rest = {text, length < 0 ? 0 : (size_t)length}; rest.length > 0;) {
        struct span value = span_cut(&rest, '\n');
        if (span_is(span_cut(&value, '\t'), field))
            span_number(value, INT32_MAX, &number);
    }
    return number;
}
