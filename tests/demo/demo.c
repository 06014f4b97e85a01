/* SPDX-License-Identifier: MIT */
/*
 * demo BUILD-DIRECTORY: shows the main job without installing anything. In a network of its own an
 * unprivileged server binds port 80, once without the library and once with it, and a client asks
 * it something.
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

#define SERVER SANDBOX_DIR "/demo_server"

static pid_t start_server(bool with_library)
{
    static const char *const argv[] = {"demo_server", NULL};
    static const char *const with[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                       "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    static const char *const without[] = {NULL};
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO); /* one stream, so that the lines stay in order */
        sandbox_become_target(false);
        execve(SERVER, (char *const *)argv, (char *const *)(with_library ? with : without));
        err(EXIT_FAILURE, "%s", SERVER);
    }
    return pid;
}

static int end_of(pid_t pid)
{
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

/* Waits for the server to listen, at most ten seconds. */
static bool ask(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[1024] = "";

    for (int attempt = 0; attempt < 100; attempt++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            if (write(fd, request, sizeof request - 1) < 0 ||
                read(fd, answer, sizeof answer - 1) <= 0)
                err(EXIT_FAILURE, "client");
            printf("client: GET http://127.0.0.1/ -> %s", strstr(answer, "\r\n\r\n") + 4);
            return strstr(answer, "200 OK") != NULL;
        }
        close(fd);
        usleep(100000);
    }
    return false;
}

static int demonstrate(void *build)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/demo_server", (const char *)build);
    sandbox_copy_file(path, SERVER);
    sandbox_policy("allow anyone tcp 80\n");

    if (sandbox_is_user_namespace())
        puts("(You are not root, so this is a user namespace: uid 0 in here is you outside.)\n");
    puts("$ ./server");
    if (end_of(start_server(false)) == 0)
        errx(EXIT_FAILURE, "the server could bind port 80 by itself: this shows nothing");
    puts("\n$ cat /etc/privbind.conf\nallow anyone tcp 80\n"
         "\n$ LD_PRELOAD=/usr/local/lib/libprivbind.so ./server");
    pid_t pid = start_server(true);
    bool answered = ask();
    kill(pid, SIGTERM);
    if (end_of(pid) != 0 || !answered)
        errx(EXIT_FAILURE, "the server did not answer");
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    if (argc != 2)
        errx(2, "usage: demo BUILD-DIRECTORY");
    puts("In a network of its own, so that nothing collides:\n");
    int status = sandbox_run(argv[1], demonstrate, argv[1]);
    if (status == SANDBOX_UNAVAILABLE)
        errx(EXIT_FAILURE, "this needs " SANDBOX_NEEDS);
    return status;
}
