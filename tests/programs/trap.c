/* SPDX-License-Identifier: MIT */
/* A library that writes down who loads it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void trap(void)
{
    int fd = open("/etc/privbind-sandbox/traces", O_WRONLY | O_APPEND | O_CLOEXEC);
    dprintf(fd, "loaded by %u\n", getuid());
    close(fd);
}
