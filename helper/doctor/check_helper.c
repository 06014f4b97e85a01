/* SPDX-License-Identifier: MIT */
#include "doctor/check_helper.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/missing.h"
#include "doctor/report.h"
#include "launch/privilege.h"
#include "launch/supervise.h"
#include "supervise/filter.h"

#define SYSCTL                                                                                     \
    "as root in the network namespace: sysctl -w net.ipv4.ip_unprivileged_port_start=%u "          \
    "(container: --sysctl net.ipv4.ip_unprivileged_port_start=%u)"

static bool check_file(const char *path)
{
    struct stat status;
    struct statvfs mount;
    if (stat(path, &status) != 0) {
        report_fail("helper", "%s: %s; %s", path, strerror(errno),
                    errno == ENOENT ? "install it there: make install"
                                    : "as root make its directories searchable: chmod a+x");
        return false;
    }
    if (statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0) {
        report_fail("helper",
                    "%s is on a noexec mount; as root: mount -o remount,exec \"$(stat -c %%m %s)\"",
                    path, path);
        return false;
    }
    if (!S_ISREG(status.st_mode) || access(path, X_OK) != 0) {
        report_fail("helper", "%s is not executable for this user; as root: chmod 755 %s", path,
                    path);
        return false;
    }
    report_ok("helper", "%s is there and executable", path);
    return true;
}

static void check_capability(const char *path)
{
    if (capability_of_file(path))
        report_ok("capability", "the helper's file has cap_net_bind_service");
    else
        report_fail("capability",
                    "the helper's file has none; as root: setcap cap_net_bind_service=p %s", path);
}

/* A sandbox mounts everything nosuid and sets no_new_privs: then there is nothing to fix here. */
static void check_mount(const char *path, bool has_no_new_privs)
{
    if (!capability_mount_is_nosuid(path))
        report_ok("mount", "the helper's file system is not mounted nosuid");
    else if (has_no_new_privs)
        report_note("mount", "the helper is also on a nosuid mount, where file capabilities do not "
                             "count");
    else
        report_fail("mount",
                    "the helper is on a nosuid mount, where file capabilities do not count; as "
                    "root: mount -o remount,suid \"$(stat -c %%m %s)\"; or install it elsewhere",
                    path);
}

/* Returns whether it is set. */
static bool check_no_new_privs(unsigned port)
{
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        report_ok("no_new_privs", "is not set");
        return false;
    }
    report_fail("no_new_privs",
                "is set, so no program gains a capability; put privbind in front of what sets "
                "it (privbind -m seccomp bwrap ...), or start the program as root with privbind "
                "-u, or without "
                "no_new_privs (container: no --security-opt=no-new-privileges, systemd: remove "
                "NoNewPrivileges=yes and every setting that implies it); or " SYSCTL,
                port, port);
    return true;
}

static void check_bounding_set(unsigned port)
{
    if (prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 0)
        report_fail("bounding set",
                    "lacks CAP_NET_BIND_SERVICE; add it (container: --cap-add=NET_BIND_SERVICE, "
                    "systemd: CapabilityBoundingSet=CAP_NET_BIND_SERVICE); or " SYSCTL,
                    port, port);
    else
        report_ok("bounding set", "has CAP_NET_BIND_SERVICE");
}

/* A tracer of this process alone does no harm; only one that follows children traces the helper. */
static void check_tracer(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(capability_tracer() != 0);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        report_fail("tracer",
                    "pid %lu traces this process and its children, and no traced program gains a "
                    "capability; put privbind in front of the tracer: privbind -m seccomp strace "
                    "-f ...; or do not trace children, or trace as root",
                    capability_tracer());
    else
        report_ok("tracer", "none that follows children");
}

static void check_namespace(unsigned port)
{
    if (capability_is_foreign())
        report_fail("user namespace",
                    "the network belongs to another user namespace, where capabilities from here "
                    "do not count; put privbind in front of what made this namespace (privbind -m "
                    "seccomp unshare -r ...), or as root in the other one: sysctl -w "
                    "net.ipv4.ip_unprivileged_port_start=%u",
                    port);
    else
        report_ok("user namespace", "owns the network, or contains the one that does");
}

/* Yama's setting; from 2 up, the supervisor may not look into the command. 0 if there is no
   Yama. */
static int ptrace_scope(void)
{
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file == NULL)
        return 0;
    const int digit = fgetc(file);
    fclose(file);
    return digit - '0';
}

static bool can_install_filter(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(filter_install() < 0);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

static void check_supervisor(void)
{
    char path[PATH_MAX];
    supervise_path(path);
    if (access(path, X_OK) != 0)
        report_note("supervision",
                    "Go and static programs cannot be supervised here: %s: %s; install it there: "
                    "make install",
                    path, strerror(errno));
    else if (!capability_of_file(path))
        report_note("supervision",
                    "Go and static programs cannot be supervised here: the supervisor's file has "
                    "no capability; as root: setcap cap_net_bind_service=p %s",
                    path);
    else
        report_note("supervision", "privbind can supervise Go and static programs here; it sets "
                                   "no_new_privs, so setuid programs that they start gain nothing");
}

/* What is in the way not of this bind, but of binds by programs that the library does not reach. */
static void check_supervision(void)
{
    const int scope = ptrace_scope();
    if (!can_install_filter())
        report_note("supervision", "Go and static programs cannot be supervised here: no seccomp "
                                   "user notification, or another supervisor's filter");
    else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        report_note("supervision", "Go and static programs cannot be supervised here: no_new_privs "
                                   "is set, so the supervisor gets no capability");
    else if (scope > 1)
        report_note("supervision",
                    "Go and static programs cannot be supervised here: kernel.yama.ptrace_scope is "
                    "%d; as root%s: sysctl -w kernel.yama.ptrace_scope=1",
                    scope, scope > 2 ? ", after a reboot" : "");
    else
        check_supervisor();
}

void check_helper(const char *path, uint16_t port)
{
    /* First what cannot be fixed by changing the file. */
    const bool has_no_new_privs = check_no_new_privs(port);
    check_namespace(port);
    check_tracer();
    check_bounding_set(port);
    if (check_file(path)) {
        check_capability(path);
        check_mount(path, has_no_new_privs);
    }
    check_supervision();
}
