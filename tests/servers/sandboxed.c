/* SPDX-License-Identifier: MIT */
/*
 * sandboxed enter BUILD-DIRECTORY COMMAND...
 *     Runs COMMAND as root in a sandbox with a policy that allows everything.
 * sandboxed target|capable COMMAND...
 *     In a sandbox: runs COMMAND as the unprivileged target, without any capability or with
 *     CAP_NET_BIND_SERVICE as a service manager would hand it down.
 *
 * For the scripts of make check-servers.
 */
#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"

/*
 * getaddrinfo(3) with AI_ADDRCONFIG does not count loopback addresses: the sandbox has one address
 * that does for IPv6, and gets one for IPv4.
 */
static void add_ipv4_address(void)
{
    struct ifreq request = {.ifr_name = "lo:1"};
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = inet_addr("192.0.2.1")};
    memcpy(&request.ifr_addr, &address, sizeof address);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFADDR, &request) != 0)
        err(EXIT_FAILURE, "192.0.2.1");
    close(fd);
}

static int exec_inside(void *argument)
{
    char **command = argument;
    add_ipv4_address();
    sandbox_policy("allow anyone any\n");
    sandbox_write_file("/etc/services", /* for inetd */
                       "echo 7/tcp\ndaytime 13/tcp\ndaytime 13/udp\nhttp 80/tcp\nhttps 443/tcp\n");
    sandbox_copy_file("/proc/self/exe", SANDBOX_DIR "/sandboxed"); /* where the target may run it */
    execvp(command[0], command);
    err(126, "%s", command[0]);
}

static int enter(const char *build_dir, char **command)
{
    if (geteuid() != 0) {
        warnx("this needs root: in a user namespace the servers would run as uid 0");
        return SANDBOX_UNAVAILABLE;
    }
    return sandbox_run(build_dir, exec_inside, command);
}

int main(int argc, char *argv[])
{
    if (argc > 3 && strcmp(argv[1], "enter") == 0)
        return enter(argv[2], argv + 3);
    bool capable = argc > 2 && strcmp(argv[1], "capable") == 0;
    if (!capable && (argc < 3 || strcmp(argv[1], "target") != 0))
        errx(2, "usage: sandboxed enter BUILD-DIRECTORY COMMAND... | target|capable COMMAND...");
    sandbox_become_target(capable);
    execvp(argv[2], argv + 2);
    err(126, "%s", argv[2]);
}
