/* SPDX-License-Identifier: MIT */
/* privbind --listen: sockets bound before the command starts, handed over as systemd does. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACTIVATED SANDBOX_DIR "/activated"
#define WORDS_MAX 12
#define NOTHING_ELSE                                                                               \
    "next: closed\n"                                                                               \
    "LD_PRELOAD none, PRIVBIND_SOCKET none, no_new_privs 0, children 0\n"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                          "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

static const struct run_result *privbind(const struct run *how, const char *const words[WORDS_MAX])
{
    const char *argv[WORDS_MAX + 2] = {SANDBOX_LAUNCHER};
    struct run run_as = *how;
    for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
        argv[i + 1] = words[i];
    run_as.argv = argv;
    run_as.environment = environment;
    return run(&run_as);
}

#define PRIVBIND_HOW(how, ...)                                                                     \
    privbind(&(struct run)how, (const char *const[WORDS_MAX]){__VA_ARGS__})
#define PRIVBIND(...) PRIVBIND_HOW({0}, __VA_ARGS__)
#define ROOT_PRIVBIND(...) PRIVBIND_HOW({.stays_root = true}, __VA_ARGS__)

#define need_root()                                                                                \
    do {                                                                                           \
        if (sandbox_is_user_namespace())                                                           \
            cannot_run("an ordinary user's namespace has no second uid to become");                \
    } while (0)
#define need_ipv6()                                                                                \
    do {                                                                                           \
        if (!sandbox_has_ipv6())                                                                   \
            cannot_run("no IPv6 here");                                                            \
    } while (0)

static void port__one_socket_for_ipv4_and_ipv6(void **state)
{
    static const char *const specs[] = {"80", ":80", "*:80", "80/tcp"};
    need_ipv6();
    sandbox_policy("allow anyone tcp 80\n");
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        const struct run_result *result = PRIVBIND("--listen", specs[i], ACTIVATED);
        assert_string_equal(result->standard_error, "");
        assert_string_equal(result->standard_output,
                            "1 for this process: unknown\n"
                            "3: protocol 6, :: port 80, listens, IPv4, IPv6\n" NOTHING_ELSE);
    }
}

static void several_sockets__in_order_with_their_names(void **state)
{
    need_ipv6();
    const struct run_result *result =
        PRIVBIND("--listen", "127.0.0.1:80=web", "--listen", "53/udp", "--listen",
                 "[::1]:443/tcp=a b", "--listen=8080=free", ACTIVATED);
    assert_string_equal(result->standard_error, "");
    assert_string_equal(result->standard_output,
                        "4 for this process: web:unknown:a b:free\n"
                        "3: protocol 6, 127.0.0.1 port 80, listens, IPv4\n"
                        "4: protocol 17, :: port 53\n"
                        "5: protocol 6, ::1 port 443, listens, IPv6\n"
                        "6: protocol 6, :: port 8080, listens, IPv4, IPv6\n" NOTHING_ELSE);
}

/* As a kernel without IPv6. */
static void forbid_ipv6(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void no_ipv6__socket_for_ipv4(void **state)
{
    const struct run_result *result =
        PRIVBIND_HOW({.as_root = forbid_ipv6}, "--listen", "80", ACTIVATED);
    assert_string_equal(result->standard_error, "");
    assert_contains(result->standard_output, "3: protocol 6, 0.0.0.0 port 80, listens, IPv4\n");
}

static void assert_failed(const struct run_result *result, const char *message)
{
    assert_string_equal(result->standard_output, "");
    assert_contains(result->standard_error, message);
    assert_int_equal(WEXITSTATUS(result->status), 125);
}

static void port_not_allowed__nothing_executed(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: --listen 443: no rule allows user %s (uid %u); add to " PRIVBIND_CONF,
             sandbox_user(), sandbox_uid());
    sandbox_policy("allow anyone tcp 80\n");
    assert_failed(PRIVBIND("--listen", "80", "--listen", "443", ACTIVATED), expected);
}

static void port_in_use__nothing_executed(void **state)
{
    assert_failed(PRIVBIND("--listen", "127.0.0.1:80", "--listen", "127.0.0.1:80", ACTIVATED),
                  " in use; to see who has it, ");
    assert_failed(PRIVBIND("--listen", "127.0.0.1:8080", "--listen", "127.0.0.1:8080", ACTIVATED),
                  " in use; to see why: privbind --check 8080/tcp\n");
}

static void wrong_spec__said_before_anything_is_bound(void **state)
{
    char long_one[300] = "";
    memset(long_one, '1', sizeof long_one - 1);
    const struct {
        const char *spec, *message;
    } cases[] = {
        {long_one, "1111: too long\n"},
        {"", "privbind: --listen : '' is not a port (a number "},
        {"80/foo", "privbind: --listen 80/foo: 'foo' is not a protocol "},
        {"80=", "privbind: --listen 80=: the name after = must have 1 to 255 printable characters "
                "and no "},
        {"80=a:b", "privbind: --listen 80=a:b: the name after = must have 1 to 255 printable "},
        {"80=a\n", "privbind: --listen 80=a?: the name after = must have 1 to 255 printable "},
        {"::1:80", "privbind: --listen ::1:80: '::1' is not an IPv4 address; IPv6 wants brackets"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_failed(PRIVBIND("--listen", "80", "--listen", cases[i].spec, ACTIVATED),
                      cases[i].message);
}

static void helper_missing__said(void **state)
{
    static const char *const nowhere[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--listen", "80", ACTIVATED, NULL};
    assert_failed(
        run(&(struct run){.argv = argv, .environment = nowhere}),
        "privbind: --listen 80: no answer from /nonexistent; to see why: privbind --check "
        "80\n");
}

static void other_options__one_line_and_125(void **state)
{
    assert_failed(PRIVBIND("-m", "seccomp", "--listen", "80", ACTIVATED),
                  "privbind: --listen needs neither library nor supervisor; leave -m out\n");
    const struct run_result *result = PRIVBIND("--listen", "80", "--check", "80");
    assert_string_equal(result->standard_error, "privbind: --listen needs a command, and --check "
                                                "takes none; see privbind -h\n");
    assert_int_equal(WEXITSTATUS(result->status), 2);
    assert_failed(PRIVBIND("--listen", "80"),
                  "privbind: the command is missing; see privbind -h\n");
}

static void root_with_u__by_the_policy_of_a_and_nothing_stays(void **state)
{
    need_root();
    need_ipv6();
    sandbox_policy("");
    const struct run_result *result =
        ROOT_PRIVBIND("--user", "target", "--allow", "tcp 80", "--listen", "80", ACTIVATED);
    assert_string_equal(result->standard_error, "");
    assert_string_equal(result->standard_output,
                        "1 for this process: unknown\n"
                        "3: protocol 6, :: port 80, listens, IPv4, IPv6\n" NOTHING_ELSE);
    assert_failed(ROOT_PRIVBIND("-u", "target", "-a", "tcp 80", "--listen", "443", ACTIVATED),
                  "privbind: --listen 443: no rule allows user target (uid " TARGET_ID "); ");
    assert_contains(
        ROOT_PRIVBIND("-u", "target", "-a", "80", "--listen", "80", "id", "-u")->standard_output,
        TARGET_ID "\n");
}

static void within_supervision__bound_by_the_supervisor(void **state)
{
    const struct run_result *result =
        PRIVBIND("-m", "seccomp", SANDBOX_LAUNCHER, "--listen", "127.0.0.1:80", ACTIVATED);
    assert_contains(result->standard_output,
                    "1 for this process: unknown\n"
                    "3: protocol 6, 127.0.0.1 port 80, listens, IPv4\nnext: closed\n");
}

static void close_low_descriptors(void)
{
    for (int fd = 0; fd < 2; fd++)
        close(fd);
}

static void standard_descriptors_closed__same_places(void **state)
{
    const struct run_result *result =
        PRIVBIND_HOW({.as_target = close_low_descriptors}, "--listen", "127.0.0.1:80", "--listen",
                     "127.0.0.1:81", "sh", "-c", "exec " ACTIVATED " >&2");
    assert_contains(result->standard_error, "3: protocol 6, 127.0.0.1 port 80, listens, IPv4\n"
                                            "4: protocol 6, 127.0.0.1 port 81, listens, IPv4\n"
                                            "next: closed\n");
}

static void few_descriptors(void)
{
    const struct rlimit limit = {6, 6};
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void too_few_descriptors__said(void **state)
{
    const struct run_result *result =
        PRIVBIND_HOW({.as_target = few_descriptors}, "--listen", "8081", "--listen", "8082",
                     "--listen", "8083", "--listen", "8084", ACTIVATED);
    assert_failed(result, "; raise ulimit -n\n");
}

static void sockets_handed_over_already__said(void **state)
{
    const char *const argv[] = {
        "/bin/sh", "-c",
        "LISTEN_FDS=1 LISTEN_PID=$$ exec " SANDBOX_LAUNCHER " --listen 80 " ACTIVATED, NULL};
    assert_failed(run(&(struct run){.argv = argv, .environment = environment}),
                  "privbind: --listen: LISTEN_FDS already passes sockets; ");
}

static void what_another_process_was_handed__replaced(void **state)
{
    static const char *const variables[] = {"LISTEN_FDS=7", "LISTEN_PID=1", "LISTEN_FDNAMES=x",
                                            "LISTEN_PIDFDID=9", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--listen", "8080=y", "/usr/bin/env", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = variables});
    assert_contains(result->standard_output, "LISTEN_FDS=1\n");
    assert_contains(result->standard_output, "LISTEN_FDNAMES=y\n");
    assert_null(strstr(result->standard_output, "LISTEN_PIDFDID"));
}

/* Traces the launcher and its helper, which hangs in its end. Returns the helper when the launcher
   has ended well, or -1. */
static pid_t hang_helper_of(pid_t launcher)
{
    int status;
    pid_t pid, helper = -1;
    for (int i = 0; i < 5000 && (pid = waitpid(-1, &status, WNOHANG | (int)__WALL)) >= 0; i++) {
        if (pid == 0) {
            usleep(1000);
        } else if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == launcher)
                return status == 0 ? helper : -1;
        } else if (status >> 16 == PTRACE_EVENT_EXIT && pid != launcher) {
            helper = pid;
        } else {
            const int number = WSTOPSIG(status);
            ptrace(PTRACE_CONT, pid, 0, number == SIGTRAP || number == SIGSTOP ? 0 : number);
        }
    }
    return -1;
}

/* Its end closes what others have queued at its socket, which may take for ever. */
static void helper_that_does_not_end__command_starts(void **state)
{
    static char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", "tcp 80",
                                 "--listen",       "80", "true",   NULL};
    need_root();
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execve(SANDBOX_LAUNCHER, argv, (char *const *)environment);
        _exit(126);
    }
    waitpid(pid, NULL, __WALL);
    if (ptrace(PTRACE_SETOPTIONS, pid, 0,
               PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT |
                   PTRACE_O_EXITKILL) != 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        cannot_run("root may not trace here (kernel.yama.ptrace_scope=3, seccomp)");
    }
    ptrace(PTRACE_CONT, pid, 0, 0);
    const pid_t helper = hang_helper_of(pid);
    kill(pid, SIGKILL);
    ptrace(PTRACE_CONT, helper, 0, 0);
    while (waitpid(-1, NULL, __WALL) > 0)
        continue;
    assert_true(helper > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_listen_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(port__one_socket_for_ipv4_and_ipv6),
        TEST(several_sockets__in_order_with_their_names),
        TEST(no_ipv6__socket_for_ipv4),
        TEST(port_not_allowed__nothing_executed),
        TEST(port_in_use__nothing_executed),
        TEST(wrong_spec__said_before_anything_is_bound),
        TEST(helper_missing__said),
        TEST(other_options__one_line_and_125),
        TEST(root_with_u__by_the_policy_of_a_and_nothing_stays),
        TEST(helper_that_does_not_end__command_starts),
        TEST(within_supervision__bound_by_the_supervisor),
        TEST(standard_descriptors_closed__same_places),
        TEST(too_few_descriptors__said),
        TEST(sockets_handed_over_already__said),
        TEST(what_another_process_was_handed__replaced),
    };
    system_copy_built("activated", ACTIVATED);
    return cmocka_run_group_tests_name("sockets handed over", tests, NULL, NULL);
}
