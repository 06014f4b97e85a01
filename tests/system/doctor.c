/* privbind --check: each line that says FAIL, brought about by what it says. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER SANDBOX_DIR "/doctor"
#define WITH_HELPER(path) ((const char *const[]){"PRIVBIND_HELPER=" path, NULL})

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

static const struct run_result *check(const char *what)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", what, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static const struct run_result *check_80_with(const char *const *variables)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = variables});
}

static const struct run_result *check_80_after(void (*as_target)(void))
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .as_target = as_target});
}

/* Each line has one of the three marks, and the bind did not work. */
static void assert_failed(const struct run_result *result, const char *line)
{
    assert_contains(result->standard_output, line);
    assert_int_equal(strncmp(result->standard_output, "FAIL  bind: ", 12), 0);
    assert_int_equal(WEXITSTATUS(result->status), 1);
    assert_string_equal(result->standard_error, "");
    for (const char *at = result->standard_output; *at != '\0'; at = strchr(at, '\n') + 1)
        assert_true(strncmp(at, "ok    ", 6) == 0 || strncmp(at, "note  ", 6) == 0 ||
                    strncmp(at, "FAIL  ", 6) == 0);
}

static void assert_worked(const struct run_result *result, const char *line)
{
    assert_contains(result->standard_output, line);
    assert_int_equal(strncmp(result->standard_output, "ok    bind: ", 12), 0);
    assert_null(strstr(result->standard_output, "FAIL"));
    assert_int_equal(result->status, 0);
}

static void everything_in_place__every_kind_of_address_works(void **state)
{
    static const char *const targets[] = {
        "80/tcp", "80", "53/udp", "127.0.0.1:80/tcp", "[::1]:443", "[::]:53/udp", "1023",
    };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (targets[i][0] == '[' && !sandbox_has_ipv6())
            cannot_run("no IPv6 here, for %s", targets[i]);
        assert_worked(check(targets[i]), "\nok    policy: allowed by " PRIVBIND_CONF ":1\n");
    }
}

static void multipath__works(void **state)
{
    if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP) < 0)
        cannot_run("this kernel has no MPTCP");
    assert_worked(check("80/mptcp"), "\nok    policy: allowed by " PRIVBIND_CONF ":1\n");
}

static void unprivileged_port__says_that_it_needs_nothing(void **state)
{
    assert_worked(check("8080/tcp"), "\nnote  privilege: port 8080 needs none: "
                                     "net.ipv4.ip_unprivileged_port_start is 1024 here\n");
}

static void ports_after_check__free_again(void **state)
{
    assert_worked(check("80/tcp"), "");
    assert_contains(system_run_host("ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
}

static void address_absent__FAIL(void **state)
{
    /* What libc calls the error differs. */
    const struct run_result *result = check("192.0.2.1:80/tcp");
    assert_failed(result, "\nFAIL  address: ");
    assert_contains(result->standard_output, "; see which there are, as root add it: ip address\n");
}

static void protocol_absent__FAIL(void **state)
{
    if (socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) >= 0)
        cannot_run("this kernel has every protocol");
    assert_contains(
        check("80/sctp")->standard_output,
        "FAIL  bind: 80/sctp: no sctp socket: Protocol not supported; is the protocol's "
        "module loaded? as root: modprobe sctp\n");
}

/* A folder with the launcher, and beside it what is to be taken for the library. */
static const struct run_result *check_with_library(const char *text)
{
    const char *const argv[] = {FOLDER "/privbind", "--check", "80/tcp", NULL};
    mkdir(FOLDER, 0755);
    sandbox_copy_file(SANDBOX_LAUNCHER, argv[0]);
    unlink(FOLDER "/libprivbind.so");
    if (text != NULL)
        sandbox_write_file(FOLDER "/libprivbind.so", text);
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void library_absent__FAIL(void **state)
{
    if (access(PRIVBIND_LIBRARY_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    assert_contains(check_with_library(NULL)->standard_output,
                    "\nFAIL  library: " PRIVBIND_LIBRARY_PATH ": No such file or directory; "
                    "install it there: make install\n");
}

static void library_broken__FAIL(void **state)
{
    assert_contains(check_with_library("not a library\n")->standard_output,
                    "\nFAIL  library: does not load by path: cannot be preloaded (");
}

static void library_not_known_to_ldconfig__note(void **state)
{
    const char *output = check("80/tcp")->standard_output;
    if (strstr(output, "loads by its bare name") != NULL)
        cannot_run("privbind is installed on this machine");
    assert_contains(output, "\nok    library: loads by path, from " SANDBOX_LIBRARY "\n");
    assert_contains(output, "\nnote  library: does not load by its bare name: cannot be preloaded "
                            "(cannot open shared object file); use the path, or as root: ldconfig, "
                            "with ");
}

/* /bin/sh is what the library is tried with; a container may have none, or a static one. */
static void hide_shell(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("/dev/null", "/bin/sh", NULL, MS_BIND, NULL) != 0)
        err(EXIT_FAILURE, "/bin/sh");
}

static void use_static_shell(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("/bin/busybox", "/bin/sh", NULL, MS_BIND, NULL) != 0)
        err(EXIT_FAILURE, "/bin/sh");
}

static void no_shell_to_try_with__note(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    assert_worked(
        run(&(struct run){.argv = argv, .environment = environment, .as_root = hide_shell}),
        "\nnote  library: loading by path cannot be tried: there is no /bin/sh that "
        "works\n");
    if (access("/bin/busybox", X_OK) == 0)
        assert_worked(run(&(struct run){
                          .argv = argv, .environment = environment, .as_root = use_static_shell}),
                      "\nnote  library: loading by path cannot be tried: /bin/sh is a static "
                      "program\n");
}

static void helper_unusable__FAIL(void **state)
{
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/plain");
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/no-x");
    sandbox_set_capability(SANDBOX_DIR "/no-x");
    chmod(SANDBOX_DIR "/no-x", 0644);
    assert_failed(check_80_with(WITH_HELPER("/nonexistent")),
                  "\nFAIL  helper: /nonexistent: No such file or directory; install it there: ");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/no-x")),
                  "/no-x is not executable for this user; as root: chmod 755 " SANDBOX_DIR);
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/plain")),
                  "\nFAIL  capability: the helper's file has none; as root: setcap "
                  "cap_net_bind_service=p " SANDBOX_DIR "/plain\n");
}

static void helper_on_nosuid_mount__FAIL(void **state)
{
    const char *folder = SANDBOX_DIR "/doctor-nosuid";
    mkdir(folder, 0755);
    if (mount("tmpfs", folder, "tmpfs", MS_NOSUID, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", folder);
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/doctor-nosuid/helper");
    sandbox_set_capability(SANDBOX_DIR "/doctor-nosuid/helper");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/doctor-nosuid/helper")),
                  "\nFAIL  mount: the helper is on a nosuid mount, where file capabilities do not "
                  "count; as root: mount -o remount,suid \"$(stat -c %m " SANDBOX_DIR
                  "/doctor-nosuid/helper)\"; or install it elsewhere\n");
    umount(folder);
}

static void helper_on_noexec_mount__FAIL(void **state)
{
    const char *folder = SANDBOX_DIR "/doctor-noexec";
    mkdir(folder, 0755);
    if (mount("tmpfs", folder, "tmpfs", MS_NOEXEC, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", folder);
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/doctor-noexec/helper");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/doctor-noexec/helper")),
                  "/helper is on a noexec mount; as root: mount -o remount,exec ");
    umount(folder);
}

static void helper_in_a_closed_folder__FAIL(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("the only uid of a user namespace owns every folder");
    mkdir(SANDBOX_DIR "/closed", 0700);
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/closed/helper")),
                  "/helper: Permission denied; as root make its folders searchable: chmod a+x\n");
}

static void output_closed__no_harm(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", SANDBOX_LAUNCHER " --check 80/tcp >&-", NULL};
    assert_int_equal(run(&(struct run){.argv = argv, .environment = environment})->status, 0);
}

static void udp_port_taken__not_shared(void **state)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        err(EXIT_FAILURE, "port 53");
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "53/udp", NULL};
    assert_failed(
        run(&(struct run){.argv = argv, .environment = environment, .shares_network = true}),
        "\nFAIL  port: udp 53 is taken by ");
    close(fd);
}

static void helper_silent__FAIL(void **state)
{
    system_copy_built("fake_helper", SANDBOX_DIR "/says-nothing");
    assert_failed(check_80_with(WITH_HELPER(SANDBOX_DIR "/says-nothing")),
                  "FAIL  bind: 80/tcp: no answer from " SANDBOX_DIR "/says-nothing; look at ");
}

static void resident_helper_gone__noted_and_the_other_one_is_tried(void **state)
{
    static const char *const variables[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                            "PRIVBIND_SOCKET=@privbind-gone", NULL};
    assert_worked(check_80_with(variables), "\nnote  helper: that of privbind -u is gone; start "
                                            "the command again with it; ");
}

static void resident_helper_there__its_rule_is_named(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u",      "target", "-a",
                                "tcp 80",         "--check", "80/tcp", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    assert_worked(result, "note  user: this is user target (uid 4242)\n");
    assert_contains(result->standard_output,
                    "ok    bind: 80/tcp worked: bound for user target (uid 4242) by privbind -a "
                    "'tcp 80'\n");
    assert_contains(result->standard_output, "\nok    helper: that of privbind -u answers\n");
}

static void set_no_new_privs(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void no_new_privs__FAIL_with_the_sysctl(void **state)
{
    const struct run_result *result = check_80_after(set_no_new_privs);
    assert_failed(result, "\nFAIL  no_new_privs: is set, so that no program gains a capability; ");
    assert_contains(result->standard_output, "sysctl -w net.ipv4.ip_unprivileged_port_start=80 ");
    assert_contains(result->standard_output,
                    "cannot be supervised here: no_new_privs is set, and the supervisor gets no ");
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
                  "\nFAIL  user namespace: the network belongs to another one, ");
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
         "kernel.yama.ptrace_scope is 3; as root at the next start of the machine: sysctl -w "},
    };
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_worked(run(&(struct run){
                          .argv = argv, .environment = environment, .as_root = cases[i].as_root}),
                      cases[i].line);
}

static void policy_does_not_allow__FAIL_with_the_line(void **state)
{
    static const struct {
        const char *policy, *line;
    } cases[] = {
        {"", "FAIL  bind: 80/tcp: no rule allows user "},
        {"\ndeny anyone tcp 80\n", "FAIL  bind: 80/tcp: " PRIVBIND_CONF ":2 denies it to user "},
        {"allow anyone tcp 70000\n",
         "FAIL  bind: 80/tcp: " PRIVBIND_CONF ":1: port 70000 is out of range\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sandbox_policy(cases[i].policy);
        assert_failed(check("80/tcp"), cases[i].line);
    }
    chmod(PRIVBIND_CONF, 0666);
    assert_failed(check("80/tcp"),
                  "FAIL  bind: 80/tcp: " PRIVBIND_CONF
                  " is writable by group or others; mend it with: chmod go-w " PRIVBIND_CONF "\n");
    unlink(PRIVBIND_CONF);
    assert_failed(check("80/tcp"),
                  "FAIL  bind: 80/tcp: there is no " PRIVBIND_CONF " that allows user ");
}

static int take_port(in_addr_t ip, bool listens)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(ip)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        (listens && listen(fd, 1) != 0))
        err(EXIT_FAILURE, "port 80");
    return fd;
}

static const struct run_result *check_80_here(void)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "127.0.0.1:80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .shares_network = true});
}

static void port_taken_by_a_process_of_the_user__FAIL_with_its_name(void **state)
{
    char expected[128];
    fflush(NULL);
    int other = take_port(INADDR_LOOPBACK + 1, true); /* in nobody's way */
    int fd = take_port(INADDR_LOOPBACK, true);
    pid_t pid = fork();
    if (pid == 0) {
        sandbox_become_target(false);
        prctl(PR_SET_DUMPABLE, 1); /* as execve(2) makes it: readable for its user */
        prctl(PR_SET_NAME, "my-server");
        pause();
    }
    close(fd);
    while (kill(pid, 0) == 0 && strstr(check_80_here()->standard_output, "my-server") == NULL)
        usleep(10000);
    snprintf(expected, sizeof expected,
             "\nFAIL  port: tcp 80 is taken by my-server (pid %d, uid 0); stop it, as with: "
             "kill %d\n",
             pid, pid);
    assert_failed(check_80_here(), expected);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(other);
}

static void port_taken_by_root__FAIL_with_the_uid(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has one uid only");
    int fd = take_port(INADDR_ANY, true);
    assert_failed(check_80_here(), "\nFAIL  port: tcp 80 is taken by a process of uid 0 that is "
                                   "not to be seen from here; as root: ss -anp 'sport = :80'\n");
    close(fd);
}

static void port_taken_without_listening__FAIL(void **state)
{
    int fd = take_port(INADDR_ANY, false);
    assert_failed(check_80_here(), "\nFAIL  port: tcp 80 is taken by a socket that does not listen "
                                   "(yet); as root: ss -anp\n");
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_doctor_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_in_place__every_kind_of_address_works),
        TEST(multipath__works),
        TEST(unprivileged_port__says_that_it_needs_nothing),
        TEST(ports_after_check__free_again),
        TEST(address_absent__FAIL),
        TEST(protocol_absent__FAIL),
        TEST(library_absent__FAIL),
        TEST(library_broken__FAIL),
        TEST(library_not_known_to_ldconfig__note),
        TEST(no_shell_to_try_with__note),
        TEST(helper_unusable__FAIL),
        TEST(helper_on_nosuid_mount__FAIL),
        TEST(helper_on_noexec_mount__FAIL),
        TEST(helper_in_a_closed_folder__FAIL),
        TEST(output_closed__no_harm),
        TEST(udp_port_taken__not_shared),
        TEST(helper_silent__FAIL),
        TEST(resident_helper_gone__noted_and_the_other_one_is_tried),
        TEST(resident_helper_there__its_rule_is_named),
        TEST(no_new_privs__FAIL_with_the_sysctl),
        TEST(bounding_set__FAIL),
        TEST(traced__FAIL),
        TEST(foreign_user_namespace__FAIL),
        TEST(network_of_a_user_namespace_below__ok),
        TEST(yama__note_where_it_forbids_supervision),
        TEST(policy_does_not_allow__FAIL_with_the_line),
        TEST(port_taken_by_a_process_of_the_user__FAIL_with_its_name),
        TEST(port_taken_by_root__FAIL_with_the_uid),
        TEST(port_taken_without_listening__FAIL),
    };
    return cmocka_run_group_tests_name("the doctor", tests, NULL, NULL);
}
