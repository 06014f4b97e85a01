/* SPDX-License-Identifier: MIT */
/* The policy file as the helper finds it, what it decides from it, and what the log says. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

#define CONF PRIVBIND_CONF

static void assert_denied(const char *scenario, const char *reason)
{
    const struct run_result *result = system_run_host(scenario);
    assert_contains(result->standard_output, ": errno 13\n");
    assert_contains(result->standard_error, reason);
}

static void assert_ipv4_any_denied(const char *reason)
{
    assert_denied("ipv4_any__bound", reason);
}

static void file_missing__says_what_to_create(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: tcp 0.0.0.0:80: " CONF
             " does not exist, so no rule allows user %s (uid %u); add to " CONF
             ": allow user %s tcp 80\n",
             sandbox_user(), sandbox_uid(), sandbox_user());
    unlink(CONF);
    assert_ipv4_any_denied(expected);
}

static void no_rule__says_which_to_add(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: tcp 0.0.0.0:80: no rule allows user %s (uid %u); add to " CONF
             ": allow user %s tcp 80\n",
             sandbox_user(), sandbox_uid(), sandbox_user());
    sandbox_policy("# nothing\n");
    assert_ipv4_any_denied(expected);
}

/* The very line that the refusal recommends must work. */
static void recommended_rule__allows(void **state)
{
    sandbox_policy("");
    const char *line = strstr(system_run_host("ipv4_any__bound")->standard_error, "allow user");
    assert_non_null(line);
    char policy[256];
    snprintf(policy, sizeof policy, "%s", line);
    sandbox_policy(policy);
    assert_contains(system_run_host("ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
}

static void decision__as_the_rules_say(void **state)
{
    const struct {
        const char *policy, *scenario, *reason; /* reason NULL: bound */
    } cases[] = {
        {"allow anyone 80\n", "ipv4_any__bound", NULL},
        {"allow anyone tcp 79,81\n", "ipv4_any__bound", "no rule allows"},
        {"allow anyone udp 80\n", "ipv4_any__bound", "no rule allows"},
        {"allow anyone tcp 80 on 127.0.0.1\n", "ipv4_any__bound", "no rule allows"},
        {"allow anyone tcp 80 on 127.0.0.0/8\n", "ipv4_loopback__bound", NULL},
        {"allow anyone tcp 80 on 10.0.0.0/8\n", "ipv4_loopback__bound", "no rule allows"},
        {"allow anyone tcp 80 on ::1\n", "ipv6_loopback__bound", NULL},
        {"allow anyone 80 on ::\n", "ipv6_any__bound_dual_stack", "no rule allows"},
        {"allow anyone 80 on ::,0.0.0.0\n", "ipv6_any__bound_dual_stack", NULL},
        {"deny anyone\nallow anyone any\n", "ipv4_any__bound", CONF ":1 denies it to user"},
        {"allow user " TARGET_ID ",0 tcp 80\n", "ipv4_any__bound", NULL},
        {"allow user target,root tcp 80\n", "ipv4_any__bound", NULL},
        {"allow user nobody tcp 80\n", "ipv4_any__bound", "no rule allows"},
        {"allow group target,root tcp 80\n", "ipv4_any__bound", NULL},
        {"allow anyone any\n\nallow anyone tcp 70000\n", "ipv4_any__bound",
         CONF ":3: port 70000 is out of range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sandbox_policy(cases[i].policy);
        const struct run_result *result = system_run_host(cases[i].scenario);
        if (cases[i].reason != NULL)
            assert_contains(result->standard_error, cases[i].reason);
        if ((strstr(result->standard_output, ": ok\n") != NULL) != (cases[i].reason == NULL))
            fail_msg("case %zu: %s", i, result->standard_output);
    }
}

/* Each line is like "family 2 sctp many: ok"; the second word is the protocol. */
static void assert_allowed_alone(const char *word, char *lines)
{
    char protocol[16], *rest = NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        assert_int_equal(sscanf(line, "family %*d %15[a-z]", protocol), 1);
        const bool is_allowed = strcmp(protocol, word) == 0 ||
                                (strcmp(word, "tcp") == 0 && strcmp(protocol, "mptcp") == 0);
        if (strstr(line, ": not in this kernel") == NULL)
            assert_contains(line, is_allowed ? ": ok" : ": errno 13");
    }
}

static void word_of_a_protocol__allows_it_alone(void **state)
{
    static const char *const words[] = {"tcp", "udp", "mptcp", "udplite", "sctp", "dccp"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char policy[64];
        snprintf(policy, sizeof policy, "allow anyone %s 80\n", words[i]);
        sandbox_policy(policy);
        char *lines = strdup(system_run_host("every_protocol__as_the_kernel")->standard_output);
        assert_contains(lines, "family 10 dccp: ");
        assert_allowed_alone(words[i], lines);
        free(lines);
    }
}

static void supplementary_group__counts(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("a user namespace of an ordinary user has no supplementary groups to set");
    sandbox_policy("allow group servers tcp 80\n");
    assert_contains(system_run_host("ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
}

static void writable_by_others__denied(void **state)
{
    chmod(CONF, 0664);
    assert_ipv4_any_denied(CONF " is writable by group or others; fix: chmod go-w " CONF);
    chmod(CONF, 0646);
    assert_ipv4_any_denied(CONF " is writable by group or others");
}

static void unreadable__denied(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("the only uid of a user namespace owns the file and may read it");
    chmod(CONF, 0600);
    assert_ipv4_any_denied(CONF " is not readable; fix: chmod a+r " CONF);
}

/* A file of somebody else's: as root made so, else one of the machine's root, who is nobody here.
 */
static const char *foreign_file(void)
{
    static const char path[] = SANDBOX_DIR "/foreign";
    if (sandbox_is_user_namespace())
        return "/etc/original/passwd";
    sandbox_write_file(path, ALLOW_ALL);
    if (chown(path, TARGET_UID, TARGET_UID) != 0)
        err(EXIT_FAILURE, "chown");
    return path;
}

/* Where the owner is not mapped nobody can tell whether that is root. */
static const char *not_roots(void)
{
    return sandbox_is_user_namespace() ? "so its capabilities have no effect there"
                                       : ", not by root; fix: chown root " CONF;
}

static void owned_by_another__denied(void **state)
{
    int file = open(CONF, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    close(file);
    if (mount(foreign_file(), CONF, NULL, MS_BIND, NULL) != 0)
        err(EXIT_FAILURE, "bind mount");
    assert_ipv4_any_denied(not_roots());
    umount(CONF);
}

static void symlink_to_anothers__denied(void **state)
{
    unlink(CONF);
    if (symlink(foreign_file(), CONF) != 0)
        err(EXIT_FAILURE, "symlink");
    assert_ipv4_any_denied(not_roots());
}

static void symlink_to_good__allowed(void **state)
{
    unlink(CONF);
    sandbox_write_file(SANDBOX_DIR "/good", ALLOW_ALL);
    if (symlink(SANDBOX_DIR "/good", CONF) != 0)
        err(EXIT_FAILURE, "symlink");
    assert_contains(system_run_host("ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
}

static void directory__denied(void **state)
{
    unlink(CONF);
    mkdir(CONF, 0755);
    assert_ipv4_any_denied(CONF " is not a regular file");
    rmdir(CONF);
}

static void fifo__denied_at_once(void **state)
{
    unlink(CONF);
    mkfifo(CONF, 0644);
    assert_ipv4_any_denied(CONF " is not a regular file");
}

static void damaged_file__denied_with_its_line(void **state)
{
    static char long_line[1 << 20];
    memset(long_line, 'x', sizeof long_line);
    const struct {
        const char *text;
        size_t length;
        const char *reason;
    } cases[] = {
        {long_line, sizeof long_line, CONF ":1: the line is longer than 4095 bytes"},
        {"allow anyone any\n\0\n", 19, CONF ":2: the line contains a NUL byte"},
        {"\r\nallow anyone any\r\n", 20, CONF ":1: the line contains a carriage return; use Unix"},
        {"#\nallow anyone any", 18, CONF ":2: the last line does not end in a newline"},
        {"alow anyone any\n", 16, CONF ":1: 'alow' is neither allow nor deny"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int file = open(CONF, O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (write(file, cases[i].text, cases[i].length) != (ssize_t)cases[i].length)
            err(EXIT_FAILURE, CONF);
        close(file);
        assert_ipv4_any_denied(cases[i].reason);
    }
}

static void ten_thousand_rules__last_one_decides(void **state)
{
    FILE *file = fopen(CONF, "we");
    assert_non_null(file);
    for (int i = 0; i < 10000; i++)
        fprintf(file, "allow user somebody%d tcp 80\n", i);
    fputs(ALLOW_ALL, file);
    fclose(file);
    assert_contains(system_run_host("ipv4_any__bound")->standard_output, "0.0.0.0: ok\n");
}

/*
 * A limit on descriptors that leaves none for /etc/passwd must not turn "deny user" into a rule
 * about nobody.
 */
static void names_unreadable__denied(void **state)
{
    char policy[128];
    snprintf(policy, sizeof policy, "deny user %s\nallow anyone any\n", sandbox_user());
    sandbox_policy(policy);
    unlink("/etc/passwd");
    mkdir("/etc/passwd", 0755); /* exists, opens, cannot be read */
    const struct run_result *result = system_run_host("ipv4_any__bound");
    assert_contains(result->standard_error, CONF ":1: the names in this rule cannot be looked up");
    rmdir("/etc/passwd");
    sandbox_names();
}

/* The line that is recommended must not give the port to somebody else. */
static void user_named_like_something_else__recommended_by_number(void **state)
{
    static const char *const names[] = {"4711", "target,root", "target root", "target\troot"};
    char text[128], expected[64];
    snprintf(expected, sizeof expected, ": allow user %u tcp 80\n", sandbox_uid());
    sandbox_policy("");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, "%s:x:%u:%u::/:/bin/sh\n", names[i], sandbox_uid(),
                 sandbox_uid());
        sandbox_write_file("/etc/passwd", text);
        assert_ipv4_any_denied(expected);
    }
    sandbox_names();
}

static void assert_logged(int log, const char *part)
{
    char line[1024] = "";
    struct pollfd ready = {.fd = log, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 20000), 1);
    assert_true(recv(log, line, sizeof line - 1, 0) > 0);
    assert_contains(line, "privbind-helper[");
    assert_contains(line, part);
    /* Facility authpriv is 10; the severity is added (RFC 3164). */
    int priority = (int)strtol(line + 1, NULL, 10);
    assert_int_equal(priority >> 3, 10);
}

static void grants_and_refusals__logged_to_authpriv(void **state)
{
    int log = system_open_log();
    system_run_host("ipv4_any__bound");
    assert_logged(log, "granted tcp 0.0.0.0:80 to uid ");
    sandbox_policy("");
    system_run_host("ipv6_loopback__bound");
    assert_logged(log, "refused tcp [::1]:80 to user ");
    system_close_log(log);
}

static void grant_of_the_resident_helper__logged_with_the_option(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target",          "-a",
                                "tcp 80",         HOST, "ipv4_any__bound", NULL};
    int log = system_open_log();
    run(&(struct run){.argv = argv, .stays_root = true});
    assert_logged(log, "granted tcp 0.0.0.0:80 to uid " TARGET_ID " by privbind -a 'tcp 80'");
    system_close_log(log);
}

static void supervision_refused__logged(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/true", NULL};
    int log = system_open_log();
    sandbox_policy("");
    run(&(struct run){.argv = argv, .environment = system_environment});
    assert_logged(log, "refused supervision to user ");
    system_close_log(log);
}

/* The queue of a log that nobody reads. */
static void log_stuck__denied(void **state)
{
    int log = system_open_log();
    system_fill_log();
    assert_ipv4_any_denied("the system log does not accept the entry; check the log daemon");
    system_close_log(log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_policy_file_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(file_missing__says_what_to_create),
        TEST(no_rule__says_which_to_add),
        TEST(recommended_rule__allows),
        TEST(decision__as_the_rules_say),
        TEST(word_of_a_protocol__allows_it_alone),
        TEST(supplementary_group__counts),
        TEST(writable_by_others__denied),
        TEST(unreadable__denied),
        TEST(owned_by_another__denied),
        TEST(symlink_to_anothers__denied),
        TEST(symlink_to_good__allowed),
        TEST(directory__denied),
        TEST(fifo__denied_at_once),
        TEST(damaged_file__denied_with_its_line),
        TEST(ten_thousand_rules__last_one_decides),
        TEST(names_unreadable__denied),
        TEST(user_named_like_something_else__recommended_by_number),
        TEST(grants_and_refusals__logged_to_authpriv),
        TEST(grant_of_the_resident_helper__logged_with_the_option),
        TEST(supervision_refused__logged),
        TEST(log_stuck__denied),
    };
    return cmocka_run_group_tests_name("the policy file", tests, NULL, NULL);
}
