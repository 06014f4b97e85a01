/* SPDX-License-Identifier: MIT */
/* A program with a library of its own that only LD_LIBRARY_PATH finds; it binds port 80. */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

const char *own_library(void);

int main(void)
{
    const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(80)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        perror("bind");
        return 1;
    }
    printf("bound with the help of %s\n", own_library());
    return 0;
}
