/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define END "end"

static const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

int system_open_log(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* A /dev of its own, with little in it, so that the machine's log is not touched. */
    if (mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "/dev");
    int null = open("/dev/null", O_CREAT | O_WRONLY, 0666);
    close(null);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0)
        err(EXIT_FAILURE, "/dev/log");
    chmod("/dev/log", 0666);
    return fd;
}

void system_close_log(int log)
{
    close(log); /* it holds the mount */
    if (umount("/dev") != 0)
        err(EXIT_FAILURE, "/dev");
}

void system_fill_log(void)
{
    int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    while (sendto(filler, "x", 1, 0, (const struct sockaddr *)&name, sizeof name) == 1)
        continue;
    close(filler);
}

static void count_entries(int log, int result)
{
    struct system_log_count count = {0, 0};
    char line[2048];
    for (;;) {
        const ssize_t length = recv(log, line, sizeof line - 1, 0);
        line[length < 0 ? 0 : length] = '\0';
        if (length < 0 || strcmp(line, END) == 0)
            break;
        count.grants += strstr(line, "]: granted ") != NULL;
        for (ssize_t i = 0; i < length; i++)
            count.control_characters += (unsigned char)line[i] < ' ' || line[i] == 0x7f;
    }
    _exit(write(result, &count, sizeof count) != sizeof count);
}

struct system_log_reader system_read_log(void)
{
    struct system_log_reader reader = {.log = system_open_log()};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    reader.result = ends[0];
    reader.pid = fork();
    if (reader.pid == 0)
        count_entries(reader.log, ends[1]);
    close(ends[1]);
    return reader;
}

struct system_log_count system_stop_reading(struct system_log_reader reader)
{
    struct system_log_count count;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendto(fd, END, strlen(END), 0, (const struct sockaddr *)&name, sizeof name) < 0 ||
        read(reader.result, &count, sizeof count) != sizeof count)
        err(EXIT_FAILURE, "the log's reader");
    waitpid(reader.pid, NULL, 0);
    close(fd);
    close(reader.result);
    system_close_log(reader.log);
    return count;
}
