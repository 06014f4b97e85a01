/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail, by a seccomp filter: what does not bind says why, in one line, and what
 * has a second way goes it. The launcher and its supervisor, the resident helper, privbind-helper,
 * and the library.
 */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "older.h"

#ifndef SYS_fork
#define SYS_fork SYS_clone /* which libc calls there */
#endif

#ifdef SYS_getgroups32
#define SYS_GROUPS SYS_getgroups32
#else
#define SYS_GROUPS SYS_getgroups
#endif

#ifdef SYS_fcntl64
#define SYS_FCNTL SYS_fcntl64
#else
#define SYS_FCNTL SYS_fcntl
#endif

#define ANY (-1)
#define CLOSED SOCK_CLOEXEC
#define LOG_SOCKET 1, SOCK_DGRAM | CLOSED /* of all sockets, by argument 1 */

/* A system call, maybe with an argument of that value only, that fails with an errno; 0: it says
   that it worked, but has done nothing. */
struct fault {
    long call;
    int argument;
    uint32_t value;
    int error;
};

static struct fault fault;

/* As root, for only with CAP_SYS_ADMIN that leaves no_new_privs alone (seccomp(2)). */
static void make_it_fail(void)
{
    const int argument = fault.argument == ANY ? 0 : fault.argument;
    const unsigned at = (unsigned)(offsetof(struct seccomp_data, args) + 8 * (size_t)argument);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)fault.call, 1, 0),
        BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K,
            (uint32_t)(fault.call == SYS_clone && fault.argument == ANY ? SYS_fork : fault.call), 0,
            3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fault.value, 0, fault.argument == ANY ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)fault.error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "filter");
}

static const struct run_result *run_with(struct fault wanted, bool as_root, const char *const *argv)
{
    static const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                              "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    fault = wanted;
    return run(&(struct run){.argv = argv,
                             .environment = as_root ? NULL : environment,
                             .stays_root = as_root,
                             .as_root = make_it_fail});
}

#ifdef SYS_setgroups32 /* what a libc calls where ids had 16 bits once */
#define SETGROUPS SYS_setgroups32
#define SETRESGID SYS_setresgid32
#define SETRESUID SYS_setresuid32
#else
#define SETGROUPS SYS_setgroups
#define SETRESGID SYS_setresgid
#define SETRESUID SYS_setresuid
#endif

struct failure {
    struct fault fault;
    const char *reason;
};

static void assert_reasons(const struct failure *cases, size_t count, bool as_root,
                           const char *const *argv, int status)
{
    for (size_t i = 0; i < count; i++)
        assert_exits(run_with(cases[i].fault, as_root, argv), status, cases[i].reason);
}

#define ASSERT_REASONS(cases, ...)                                                                 \
    assert_reasons(cases, sizeof(cases) / sizeof(cases)[0], __VA_ARGS__)

/* The helper and the command both become USER; whichever comes first says so. */
static void root_becomes_user__each_step_verified(void **state)
{
    static const struct failure cases[] = {
        {{SYS_prctl, 0, PR_SET_KEEPCAPS, EPERM}, "cannot set the flag PR_SET_KEEPCAPS"},
        {{SETGROUPS, ANY, 0, EPERM},
         "cannot set the groups: Operation not permitted; root here lacks CAP_SETUID or "},
        {{SETRESGID, ANY, 0, EINVAL},
         "cannot set the group id: Invalid argument; is the id mapped in this user namespace?\n"},
        {{SETRESUID, ANY, 0, EAGAIN}, "cannot set the user id: Resource temporarily unavailable\n"},
        /* Believed, they would leave root what it has. */
        {{SYS_capset, ANY, 0, 0}, "root's capabilities cannot be given up here"},
        {{SETRESGID, 0, TARGET_UID, 0}, "root's user and group ids cannot be given up here"},
        {{SETGROUPS, ANY, 0, 0}, "root's supplementary groups cannot be given up here"},
        {{SETRESUID, 1, 0, 0}, "root's identity cannot be given up here"},
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "--", "/bin/true", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    ASSERT_REASONS(cases, true, argv, 125);
}

/* The user's own groups are among them. */
static void root_keeps_one_group_more__noticed(void **state)
{
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "--", "/bin/true", NULL};
    const gid_t groups[] = {TARGET_UID, 4243, 5000};
    gid_t before[64];
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const int count = getgroups(64, before);
    assert_true(count >= 0);
    setgroups(3, groups);
    const struct run_result *result = run_with((struct fault){SETGROUPS, ANY, 0, 0}, true, argv);
    setgroups((size_t)count, before);
    assert_exits(result, 125, "root's supplementary groups cannot be given up here");
}

static void resident_helper_cannot_start__reason_given(void **state)
{
    static const struct failure cases[] = {
        {{SYS_clone, 0, 0, EAGAIN}, "cannot start the helper: "},
        {{SYS_FCNTL, 1, F_DUPFD_CLOEXEC, EMFILE}, "too few descriptors; raise ulimit -n"},
        {{SYS_chdir, ANY, 0, EACCES}, "cannot leave the working directory"},
        {{SYS_prctl, 0, PR_SET_DUMPABLE, EPERM},
         "the helper or supervisor cannot be made undumpable"},
        {{SYS_socket, 1, SOCK_SEQPACKET | CLOSED | SOCK_NONBLOCK, ENFILE},
         "cannot make a socket for the helper"},
        {{SYS_listen, ANY, 0, ENOMEM}, "cannot make a socket for the helper"},
        {{SYS_socket, LOG_SOCKET, ENFILE}, "cannot open a socket for the system log"},
        {{SYS_getrandom, 1, 16, ENOSYS}, "cannot prepare the helper: Function not implemented\n"},
        {{SYS_write, 2, 5, EPIPE}, "the helper died"}, /* its word that it is ready */
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "--", "/bin/true", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    ASSERT_REASONS(cases, true, argv, 125);
}

static void supervision_cannot_start__reason_given(void **state)
{
    static const struct failure cases[] = {
        {{SYS_socketpair, ANY, 0, EMFILE}, "cannot make a socketpair: "},
        {{SYS_clone, ANY, 0, EAGAIN}, "cannot start a process: "},
        {{SYS_prctl, 0, PR_SET_PDEATHSIG, EPERM}, "the supervisor has ended"},
        {{SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, EPERM}, "cannot supervise the command through"},
        {{SYS_prctl, 0, PR_SET_NO_NEW_PRIVS, EPERM}, "cannot supervise the command through"},
        {{SYS_sendmsg, ANY, 0, EPERM}, "cannot hand over the command: Operation"},
        {{SYS_pidfd_open, ANY, 0, EMFILE}, "cannot hand over the command: "},
        {{SYS_signalfd4, ANY, 0, EMFILE}, "too few descriptors; raise ulimit -n"},
        {{SYS_prctl, 0, PR_SET_CHILD_SUBREAPER, EPERM},
         "cannot watch over the command: Operation not permitted\n"},
        {{SYS_prctl, 0, PR_SET_DUMPABLE, EPERM}, "cannot give up all other privileges"},
        {{SYS_socket, LOG_SOCKET, ENFILE}, "cannot open a socket for the system log"},
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/true", NULL};
    ASSERT_REASONS(cases, false, argv, 125);
}

static void supervision_by_root_cannot_start__reason_given(void **state)
{
    static const struct failure cases[] = {
        {{SETRESGID, ANY, 0, EINVAL}, "cannot set the group id: "},
        {{SYS_prctl, 0, PR_SET_KEEPCAPS, EPERM}, "cannot set the flag PR_SET_KEEPCAPS"},
        {{SYS_prctl, 0, PR_SET_DUMPABLE, EPERM},
         "the helper or supervisor cannot be made undumpable"},
        {{SYS_socket, LOG_SOCKET, ENFILE}, "cannot open a socket for the system log"},
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target",    "-m",
                                       "seccomp",        "--", "/bin/true", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    ASSERT_REASONS(cases, true, argv, 125);
}

/* Where a container forbids the one way, or an old kernel lacks it, there is another. */
static void supervision_by_the_second_way__bound(void **state)
{
    static const struct fault faults[] = {
        {SYS_process_vm_readv, ANY, 0, EPERM},
        {SYS_pidfd_open, 1, O_EXCL, EINVAL},
        {SYS_close_range, ANY, 0, ENOSYS},
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", HOST,
                                       "ipv4_any__bound", NULL};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        assert_contains(run_with(faults[i], false, argv)->standard_output, "0.0.0.0: ok\n");
}

static void supervision_without_the_socket__kernel_refuses(void **state)
{
    static const char *const argv[] = {SANDBOX_LAUNCHER,  "-m", "seccomp", HOST,
                                       "ipv4_any__bound", NULL};
    static const struct failure cases[] = {
        {{SYS_pidfd_getfd, ANY, 0, EPERM}, "; allow privbind to do that (container: its seccomp "},
        {{SYS_pidfd_open, 1, O_EXCL, EMFILE}, "; raise ulimit -n\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct run_result *result = run_with(cases[i].fault, false, argv);
        assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
        assert_contains(result->standard_error, "cannot get the socket (pidfd_getfd) of pid ");
        assert_contains(result->standard_error, cases[i].reason);
    }
}

static void assert_refused(const struct failure *cases, size_t count)
{
    static const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    for (size_t i = 0; i < count; i++) {
        const struct run_result *result = run_with(cases[i].fault, false, argv);
        assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
        assert_contains(result->standard_error, cases[i].reason);
    }
}

static void delegation_fails__EACCES_and_reason(void **state)
{
    static const struct failure cases[] = {
        {{SYS_socketpair, ANY, 0, ENFILE}, "cannot make a socketpair for " SANDBOX_HELPER ": Too"},
        {{SYS_sendmsg, ANY, 0, EPERM}, "cannot pass the socket to " SANDBOX_HELPER ": Operation"},
        {{SYS_sendmsg, ANY, 0, ETOOMANYREFS},
         "cannot pass the socket to " SANDBOX_HELPER ": Too many descr"},
        {{SYS_clone, 0, CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD, EAGAIN},
         "cannot start a process for "},
        /* Neither way to the broker, who alone leaves out where to put its number. */
        {{SYS_clone, 2, 0, ENOMEM}, "cannot start a process for "},
        {{SYS_socket, LOG_SOCKET, ENFILE}, "cannot open a socket for the system log"},
        {{SYS_prctl, 0, PR_SET_DUMPABLE, EPERM}, "cannot give up all other privileges"},
        {{SYS_recvmsg, ANY, 0, EPERM}, "the request cannot be received"},
        {{SYS_bind, ANY, 0, EACCES}, "so its capabilities have no effect there"},
    };
    assert_refused(cases, sizeof cases / sizeof cases[0]);
}

static void policy_that_cannot_be_examined__denied_and_said(void **state)
{
#if UINTPTR_MAX == UINT32_MAX
    cannot_run("the dynamic linker calls statx(2) as well");
#endif
#ifdef PRIVBIND_COVERAGE
    cannot_run("with counters the helper has a libc, which calls fstat(2)");
#endif
    cannot_run_sanitized("the helper has a libc then, which calls fstat(2)");
    static const struct failure cases[] = {
        {{SYS_statx, 2, AT_EMPTY_PATH, EIO},
         PRIVBIND_CONF " cannot be examined: Input/output error"},
        {{SYS_statx, 2, 0, EIO},
         PRIVBIND_CONF " is in a directory that cannot be examined: Input/output error"},
    };
    assert_refused(cases, sizeof cases / sizeof cases[0]);
}

/* As before Linux 6.9: which process the thread is of cannot be found out without a descriptor. */
static void supervisor_of_threads_without_descriptors__says_so(void **state)
{
    static const char *const argv[] = {
        SANDBOX_LAUNCHER, "-m", "seccomp", HOST, "supervisor_without_descriptors", NULL};
    const struct fault older = {SYS_pidfd_open, 1, O_EXCL, EINVAL};
    assert_contains(run_with(older, false, argv)->standard_error, "; raise ulimit -n\n");
}

static void make_capset_lie(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    syscall(SYS_capget, &header, sets);
    sets[0].inheritable = 1u << CAP_NET_RAW;
    if (syscall(SYS_capset, &header, sets) != 0)
        err(EXIT_FAILURE, "capset");
    fault = (struct fault){SYS_capset, ANY, 0, 0};
    make_it_fail();
}

/* Believed, it would leave the helper with more than one capability. */
static void privileges_given_up_by_word_only__refused(void **state)
{
    static const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    const struct run started = {
        .argv = argv, .environment = system_environment, .as_root = make_capset_lie};
    const struct run_result *result = run(&started);
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_contains(result->standard_error, "cannot give up all other privileges");
}

static void delegation_by_the_second_way__bound(void **state)
{
    static const struct fault faults[] = {
        {SYS_process_vm_readv, ANY, 0, EPERM},
        {SYS_close_range, ANY, 0, ENOSYS},
    };
    static const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        assert_contains(run_with(faults[i], false, argv)->standard_output, "0.0.0.0: ok\n");
}

/* A port that needs no privilege: EACCES is some sandbox's, and not for us to go around. */
static void sandbox_forbids_the_bind__EACCES(void **state)
{
    static const char *const argv[] = {HOST, "unprivileged_port__bound", NULL};
    const struct fault forbidden = {SYS_bind, ANY, 0, EACCES};
    const struct run_result *result = run_with(forbidden, false, argv);
    assert_contains(result->standard_output, "errno 13\n");
    assert_contains(result->standard_error, "needs no privilege; a sandbox forbids the bind");
}

/* A rule about groups could forbid it: nothing below it is read. */
static void groups_not_told__rule_about_groups_refuses(void **state)
{
    static const struct fault no_groups = {SYS_GROUPS, ANY, 0, EPERM};
    static const char *const bind[] = {HOST, "ipv4_any__bound", NULL};
    static const char *const supervised[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/true", NULL};
    const struct failure failure = {no_groups,
                                    PRIVBIND_CONF ":1: cannot get the supplementary groups"};
    sandbox_policy("deny group 4711 tcp 80\nallow anyone tcp 80\n");
    const struct run_result *result = run_with(no_groups, false, bind);
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_contains(result->standard_error, failure.reason);
    sandbox_policy("allow group 4711 tcp 80\n");
    assert_reasons(&failure, 1, false, supervised, 125);
}

static void groups_not_told__other_rules_count(void **state)
{
    static const struct fault no_groups = {SYS_GROUPS, ANY, 0, EPERM};
    static const char *const bind[] = {HOST, "ipv4_any__bound", NULL};
    sandbox_policy("deny group 4711 tcp 443\nallow anyone tcp 80\n");
    assert_contains(run_with(no_groups, false, bind)->standard_output, "0.0.0.0: ok\n");
}

static void doctor__names_what_fails(void **state)
{
    static const struct failure cases[] = {
        {{SYS_GROUPS, ANY, 0, EPERM}, "cannot get the supplementary groups"},
    };
    static const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    ASSERT_REASONS(cases, false, argv, 125);
    const struct fault no_filter = {SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, ENOSYS};
    assert_contains(run_with(no_filter, false, argv)->standard_output, "cannot be supervised here");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_error_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(root_becomes_user__each_step_verified),
        TEST(root_keeps_one_group_more__noticed),
        TEST(resident_helper_cannot_start__reason_given),
        TEST(supervision_cannot_start__reason_given),
        TEST(supervision_by_root_cannot_start__reason_given),
        TEST(supervision_by_the_second_way__bound),
        TEST(supervision_without_the_socket__kernel_refuses),
        TEST(delegation_fails__EACCES_and_reason),
        TEST(policy_that_cannot_be_examined__denied_and_said),
        TEST(supervisor_of_threads_without_descriptors__says_so),
        TEST(privileges_given_up_by_word_only__refused),
        TEST(delegation_by_the_second_way__bound),
        TEST(sandbox_forbids_the_bind__EACCES),
        TEST(groups_not_told__rule_about_groups_refuses),
        TEST(groups_not_told__other_rules_count),
        TEST(doctor__names_what_fails),
    };
    return cmocka_run_group_tests_name("system calls that fail", tests, NULL, NULL);
}
