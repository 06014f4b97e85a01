/* SPDX-License-Identifier: MIT */
/* privbind --check: what of the process and its surroundings is in the way. */
#include "doctor.h"

#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static void set_no_new_privs(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void no_new_privs__FAIL_with_the_sysctl(void **state)
{
    const struct run_result *result = check_80_after(set_no_new_privs);
    assert_failed(result, "\nFAIL  no_new_privs: is set, so no program gains a capability; ");
    assert_contains(result->standard_output, "sysctl -w net.ipv4.ip_unprivileged_port_start=80 ");
    assert_contains(result->standard_output,
                    "cannot be supervised here: no_new_privs is set, so the supervisor gets no ");
}

static void empty_bounding_set(void)
{
    prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0);
}

static void bounding_set__FAIL(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    assert_failed(
        run(&(struct run){.argv = argv, .environment = environment, .as_root = empty_bounding_set}),
        "\nFAIL  bounding set: lacks CAP_NET_BIND_SERVICE; add it (container: "
        "--cap-add=NET_BIND_SERVICE, ");
}

static void traced__FAIL(void **state)
{
    system_copy_built("tracer", SANDBOX_DIR "/tracer");
    const char *const argv[] = {SANDBOX_DIR "/tracer", SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    assert_failed(run(&(struct run){.argv = argv, .environment = environment}),
                  "traces this process and its children, and no traced program gains a capability");
}

static void enter_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0)
        err(EXIT_FAILURE, "CLONE_NEWUSER");
}

static void foreign_user_namespace__FAIL(void **state)
{
    assert_failed(check_80_after(enter_user_namespace),
                  "\nFAIL  user namespace: the network belongs to another user namespace, ");
}

/* As nsenter --net into a rootless container does; its maker's capabilities count there. */
static void enter_network_of_user_namespace_below(void)
{
    char path[64];
    const long child =
        syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        pause();
    snprintf(path, sizeof path, "/proc/%ld/ns/net", child);
    const int network = open(path, O_RDONLY | O_CLOEXEC);
    kill((pid_t)child, SIGKILL);
    waitpid((pid_t)child, NULL, 0);
    if (setns(network, CLONE_NEWNET) != 0)
        err(EXIT_FAILURE, "setns");
    sandbox_start_loopback();
}

static void network_of_a_user_namespace_below__ok(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv,
                          .environment = environment,
                          .as_root = enter_network_of_user_namespace_below});
    assert_worked(result, "ok    bind: 80/tcp worked");
    assert_null(strstr(result->standard_output, "\nFAIL  user namespace"));
}

/* As a kernel with Yama has it; this one may have none. */
static void mount_ptrace_scope(const char *value)
{
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("tmpfs", "/proc/sys/kernel", "tmpfs", 0, "mode=755") != 0 ||
        mkdir("/proc/sys/kernel/yama", 0755) != 0)
        err(EXIT_FAILURE, "/proc/sys/kernel");
    sandbox_write_file("/proc/sys/kernel/yama/ptrace_scope", value);
}

static void set_ptrace_scope_1(void)
{
    mount_ptrace_scope("1\n");
}

static void set_ptrace_scope_2(void)
{
    mount_ptrace_scope("2\n");
}

static void set_ptrace_scope_3(void)
{
    mount_ptrace_scope("3\n");
}

static void yama__note_where_it_forbids_supervision(void **state)
{
    static const struct {
        void (*as_root)(void);
        const char *line;
    } cases[] = {
        {set_ptrace_scope_1, "\nnote  supervision: privbind can supervise Go and static programs "},
        {set_ptrace_scope_2,
         "\nnote  supervision: Go and static programs cannot be supervised here: "
         "kernel.yama.ptrace_scope is 2; as root: sysctl -w kernel.yama.ptrace_scope=1\n"},
        {set_ptrace_scope_3,
         "\nnote  supervision: Go and static programs cannot be supervised here: "
         "kernel.yama.ptrace_scope is 3; as root, after a reboot: sysctl -w "},
    };
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_worked(run(&(struct run){
                          .argv = argv, .environment = environment, .as_root = cases[i].as_root}),
                      cases[i].line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_doctor_process_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_new_privs__FAIL_with_the_sysctl),
        TEST(bounding_set__FAIL),
        TEST(traced__FAIL),
        TEST(foreign_user_namespace__FAIL),
        TEST(network_of_a_user_namespace_below__ok),
        TEST(yama__note_where_it_forbids_supervision),
    };
    return cmocka_run_group_tests_name("the doctor: the process", tests, NULL, NULL);
}
