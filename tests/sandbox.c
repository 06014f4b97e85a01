/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <dirent.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TARGET_GROUP 4243

static bool in_user_namespace, has_ipv6;

bool sandbox_is_user_namespace(void)
{
    return in_user_namespace;
}

uid_t sandbox_uid(void)
{
    return in_user_namespace ? 0 : TARGET_UID;
}

const char *sandbox_user(void)
{
    return in_user_namespace ? "root" : "target";
}

static bool can_write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    const bool is_taken = fputs(text, file) != EOF;
    return fclose(file) == 0 && is_taken;
}

void sandbox_write_file(const char *path, const char *text)
{
    if (!can_write_file(path, text))
        err(EXIT_FAILURE, "%s", path);
}

void sandbox_copy_file(const char *from, const char *to)
{
    struct stat status;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 || fstat(in, &status) != 0)
        err(EXIT_FAILURE, "%s", from);
    unlink(to);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (out < 0 || sendfile(out, in, NULL, (size_t)status.st_size) != status.st_size ||
        fchmod(out, 0755) != 0)
        err(EXIT_FAILURE, "%s", to);
    close(in);
    close(out);
}

void sandbox_set_capability(const char *path)
{
    struct vfs_cap_data data = {.magic_etc = htole32(VFS_CAP_REVISION_2)};
    data.data[0].permitted = htole32(1u << CAP_NET_BIND_SERVICE);
    if (setxattr(path, "security.capability", &data, sizeof data, 0) != 0)
        err(EXIT_FAILURE, "%s: file capability", path);
}

void sandbox_policy(const char *text)
{
    unlink(PRIVBIND_CONF);
    sandbox_write_file(PRIVBIND_CONF, text);
}

static bool map_ids(uid_t uid, gid_t gid)
{
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "0 %lu 1", (unsigned long)uid);
    snprintf(gids, sizeof gids, "0 %lu 1", (unsigned long)gid);
    return can_write_file("/proc/self/setgroups", "deny") &&
           can_write_file("/proc/self/uid_map", uids) && can_write_file("/proc/self/gid_map", gids);
}

/* Enters the namespaces; the next child is process 1 of the PID namespace. */
static bool enter_namespaces(void)
{
    const int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC;
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (uid == 0 && unshare(flags) == 0)
        return true;
    /* AppArmor lets a process enter a user namespace, and gives it no capability there. */
    if (unshare(flags | CLONE_NEWUSER) != 0 || !map_ids(uid, gid)) {
        warn("no namespaces for a sandbox (unshare, uid_map)");
        return false;
    }
    in_user_namespace = true;
    return true;
}

/* As in linux/ipv6.h, which does not go with netinet/in.h. */
struct in6_ifreq {
    struct in6_addr address;
    uint32_t prefix;
    int interface;
};

/* Gives loopback fe80::1; the kernel makes it usable a moment later. */
static bool add_link_local(void)
{
    struct in6_ifreq link_local = {.address.s6_addr = {0xfe, 0x80, [15] = 1}, .prefix = 64};
    link_local.interface = (int)if_nametoindex("lo");
    const struct sockaddr_in6 name = {.sin6_family = AF_INET6,
                                      .sin6_addr = link_local.address,
                                      .sin6_scope_id = (uint32_t)link_local.interface};
    bool bound = false;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && ioctl(fd, SIOCSIFADDR, &link_local) == 0) {
        for (int attempt = 0; !bound && attempt < 1000; attempt++) {
            bound = bind(fd, (const struct sockaddr *)&name, sizeof name) == 0;
            if (!bound)
                usleep(1000);
        }
    }
    close(fd);
    return bound;
}

bool sandbox_start_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0)
        err(EXIT_FAILURE, "loopback");
    close(fd);
    return add_link_local();
}

bool sandbox_has_ipv6(void)
{
    return has_ipv6;
}

/* A tmpfs full of links to what was there, made aside and moved over /etc. */
static void replace_etc(const char *build_dir)
{
    char aside[PATH_MAX + 16], path[sizeof aside + 300], link[300];
    snprintf(aside, sizeof aside, "%s/sandbox", build_dir);
    snprintf(path, sizeof path, "%s/original", aside);
    if ((mkdir(aside, 0755) != 0 && errno != EEXIST) ||
        mount("tmpfs", aside, "tmpfs", 0, "mode=755") != 0 || mkdir(path, 0755) != 0 ||
        mount("/etc", path, NULL, MS_BIND | MS_REC, NULL) != 0)
        err(EXIT_FAILURE, "%s", aside);

    DIR *etc = opendir(path);
    const struct dirent *entry;
    while (etc != NULL && (entry = readdir(etc)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", aside, entry->d_name);
        snprintf(link, sizeof link, "original/%s", entry->d_name);
        if (entry->d_name[0] != '.' && symlink(link, path) != 0)
            err(EXIT_FAILURE, "%s", path);
    }
    if (etc == NULL || mount(aside, "/etc", NULL, MS_MOVE, NULL) != 0)
        err(EXIT_FAILURE, "/etc");
    closedir(etc);
}

void sandbox_names(void)
{
    sandbox_write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\n"
                                      "target:x:" TARGET_ID ":" TARGET_ID "::/:/bin/sh\n"
                                      "nobody:x:65534:65534::/:/bin/sh\n");
    sandbox_write_file("/etc/group", "root:x:0:\ntarget:x:" TARGET_ID ":\nservers:x:4243:target\n");
    sandbox_write_file("/etc/services", "http 80/tcp\nhttps 443/tcp\ndomain 53/udp\n");
}

static void fill_etc(const char *build_dir)
{
    char path[PATH_MAX + 32];
    unlink("/etc/passwd");
    unlink("/etc/group");
    unlink("/etc/services"); /* not everywhere: Debian has it in a package of its own */
    unlink("/etc/ld.so.preload");
    sandbox_names();
    if (mkdir(SANDBOX_DIR, 0755) != 0)
        err(EXIT_FAILURE, SANDBOX_DIR);
    snprintf(path, sizeof path, "%s/libprivbind.so", build_dir);
    sandbox_copy_file(path, SANDBOX_LIBRARY);
    snprintf(path, sizeof path, "%s/privbind", build_dir);
    sandbox_copy_file(path, SANDBOX_LAUNCHER);
    snprintf(path, sizeof path, "%s/privbind-helper", build_dir);
    sandbox_copy_file(path, SANDBOX_HELPER);
    sandbox_set_capability(SANDBOX_HELPER);
    snprintf(path, sizeof path, "%s/privbind-supervisor", build_dir);
    sandbox_copy_file(path, SANDBOX_SUPERVISOR);
    sandbox_set_capability(SANDBOX_SUPERVISOR);
#ifdef PRIVBIND_COVERAGE
    snprintf(path, sizeof path, "%s/counters", build_dir);
    if (mkdir(SANDBOX_DIR "/counters", 0755) != 0 ||
        mount(path, SANDBOX_DIR "/counters", NULL, MS_BIND, NULL) != 0)
        err(EXIT_FAILURE, "%s", path);
#endif
}

static void prepare(const char *build_dir)
{
    umask(022);
    has_ipv6 = sandbox_start_loopback();
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        err(EXIT_FAILURE, "private mounts");
    replace_etc(build_dir);
    fill_etc(build_dir);
    /* Where the machine hides parts of /proc, as containers do, the old one must serve. */
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* A script's background job ignores SIGINT and SIGQUIT, and execve(2) hands that down. */
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* fails for some, which nobody can ignore */
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int sandbox_run(const char *build_dir, int (*inside)(void *), void *argument)
{
    char absolute[PATH_MAX];
    int status;

    fflush(NULL);
    if (realpath(build_dir, absolute) == NULL)
        err(EXIT_FAILURE, "%s", build_dir);
    if (!enter_namespaces())
        return SANDBOX_UNAVAILABLE;
    pid_t pid = fork();
    if (pid < 0)
        err(EXIT_FAILURE, "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        reset_signals();
        prepare(absolute);
        exit(inside(argument));
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static void drop_capabilities(bool capable)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0}};
    if (capable)
        sets[0].permitted = sets[0].inheritable = sets[0].effective = 1u << CAP_NET_BIND_SERVICE;
    if (syscall(SYS_capset, &header, sets) != 0 ||
        (capable && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) != 0))
        err(EXIT_FAILURE, "capabilities");
}

void sandbox_become_target(bool capable)
{
    const gid_t groups[] = {TARGET_GROUP};
    /* In a user namespace uid 0 stays, but means nothing: execve(2) gives it no capability. */
    if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP) != 0)
        err(EXIT_FAILURE, "securebits");
    if (!in_user_namespace &&
        (setgroups(1, groups) != 0 || setresgid(TARGET_UID, TARGET_UID, TARGET_UID) != 0 ||
         setresuid(TARGET_UID, TARGET_UID, TARGET_UID) != 0))
        err(EXIT_FAILURE, "ids");
    drop_capabilities(capable);
}
