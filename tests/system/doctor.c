/* SPDX-License-Identifier: MIT */
/* privbind --check: each line that says FAIL, brought about by what it says. */
#include "doctor.h"

#include <err.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"

#define DIRECTORY SANDBOX_DIR "/doctor"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

const struct run_result *check(const char *what)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", what, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

const struct run_result *check_80_with(const char *const *variables)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = variables});
}

const struct run_result *check_80_after(void (*as_target)(void))
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    return run(&(struct run){.argv = argv, .environment = environment, .as_target = as_target});
}

/* Each line has one of the three marks, and the bind did not work. */
void assert_failed(const struct run_result *result, const char *line)
{
    assert_contains(result->standard_output, line);
    assert_int_equal(strncmp(result->standard_output, "FAIL  bind: ", 12), 0);
    assert_int_equal(WEXITSTATUS(result->status), 1);
    assert_string_equal(result->standard_error, "");
    for (const char *at = result->standard_output; *at != '\0'; at = strchr(at, '\n') + 1)
        assert_true(strncmp(at, "ok    ", 6) == 0 || strncmp(at, "note  ", 6) == 0 ||
                    strncmp(at, "FAIL  ", 6) == 0);
}

void assert_worked(const struct run_result *result, const char *line)
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
    assert_contains(result->standard_output,
                    "; list this machine's addresses, or as root add this one: ip address\n");
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

/* A directory with the launcher, and beside it what is to be taken for the library. */
static const struct run_result *check_with_library(const char *text)
{
    const char *const argv[] = {DIRECTORY "/privbind", "--check", "80/tcp", NULL};
    mkdir(DIRECTORY, 0755);
    sandbox_copy_file(SANDBOX_LAUNCHER, argv[0]);
    unlink(DIRECTORY "/libprivbind.so");
    if (text != NULL)
        sandbox_write_file(DIRECTORY "/libprivbind.so", text);
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
                            "(cannot open shared object file); use the path, or as root add "
                            "its directory to /etc/ld.so.conf and run ldconfig\n");
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
        "\nnote  library: loading by path cannot be tried: no working /bin/sh\n");
    if (access("/bin/busybox", X_OK) == 0)
        assert_worked(run(&(struct run){
                          .argv = argv, .environment = environment, .as_root = use_static_shell}),
                      "\nnote  library: loading by path cannot be tried: /bin/sh is a static "
                      "program\n");
}

static void output_closed__no_harm(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", SANDBOX_LAUNCHER " --check 80/tcp >&-", NULL};
    assert_int_equal(run(&(struct run){.argv = argv, .environment = environment})->status, 0);
}

static void policy_does_not_allow__FAIL_with_the_line(void **state)
{
    static const struct {
        const char *policy, *line;
    } cases[] = {
        {"", "FAIL  bind: 80/tcp: no rule allows user "},
        {"\ndeny anyone tcp 80\n", "FAIL  bind: 80/tcp: " PRIVBIND_CONF ":2 denies it to user "},
        {"allow anyone tcp 70000\n",
         "FAIL  bind: 80/tcp: " PRIVBIND_CONF
         ":1: port 70000 is out of range; until that is fixed nothing is allowed\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sandbox_policy(cases[i].policy);
        assert_failed(check("80/tcp"), cases[i].line);
    }
    chmod(PRIVBIND_CONF, 0666);
    assert_failed(check("80/tcp"),
                  "FAIL  bind: 80/tcp: " PRIVBIND_CONF
                  " is writable by group or others; fix: chmod go-w " PRIVBIND_CONF "\n");
    unlink(PRIVBIND_CONF);
    assert_failed(check("80/tcp"),
                  "FAIL  bind: 80/tcp: " PRIVBIND_CONF " does not exist, so no rule allows user ");
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
        TEST(output_closed__no_harm),
        TEST(policy_does_not_allow__FAIL_with_the_line),
    };
    return cmocka_run_group_tests_name("the doctor", tests, NULL, NULL);
}
