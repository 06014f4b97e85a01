/* SPDX-License-Identifier: MIT */
/*
 * A web server that knows nothing of privbind: what "make demo" runs, and what the
 * Dockerfiles of README.md start. It says who it is and which capabilities it has, and
 * serves port 80 until SIGTERM.
 */
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In a user namespace, which maps them, a uid says little: 0 is nobody in particular. */
static void show_uid(void)
{
    unsigned inside = 0, outside = 0, count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    printf("server: my uid is %u", getuid());
    if (map != NULL && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3 &&
        getuid() - inside < count && inside != outside)
        printf(" (in this user namespace; outside of it %u)", getuid() - inside + outside);
    if (map != NULL)
        fclose(map);
}

static void show_capabilities(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "CapEff:", 7) == 0)
            printf(", my capabilities are %s", line);
    }
    if (status != NULL)
        fclose(status);
}

static void end(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    static const char answer[] = "HTTP/1.0 200 OK\r\n\r\nHello from an unprivileged process.\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    char request[1024];
    const int on = 1;

    /* As PID 1 it would not even notice a signal that it has no handler for. */
    signal(SIGTERM, end);
    setvbuf(stdout, NULL, _IOLBF, 0);
    show_uid();
    show_capabilities();
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
        err(EXIT_FAILURE, "server: port 80");
    puts("server: bound port 80");
    if (listen(listener, 1) != 0)
        err(EXIT_FAILURE, "server: listen");
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            err(EXIT_FAILURE, "server: accept");
        if (read(connection, request, sizeof request) <= 0 ||
            send(connection, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
            warn("server: connection");
        close(connection);
    }
}
