/* SPDX-License-Identifier: MIT */
/* A decision must not outlive its rule, nor the capability its bind. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATIC_HOST SANDBOX_DIR "/host-static"
#define PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define ASK SANDBOX_DIR "/ask"
#define TOLD SANDBOX_DIR "/told"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

/*
 * Replaces the policy by one of the same size in one of the ways of an administrator: another file
 * in its place; written anew; a word of it overwritten; that, with the old times put back. Or
 * removes it.
 */
static void replace_policy(char how)
{
    const bool allows = strchr("aRWPT", how) != NULL;
    const char *text = allows ? "allow anyone any\n" : "deny  anyone any\n";
    struct stat before;
    if (how == 'x') {
        unlink(PRIVBIND_CONF);
        return;
    }
    if (strchr("adeRr", how) != NULL) {
        sandbox_write_file(PRIVBIND_CONF ".new", text);
        if (rename(PRIVBIND_CONF ".new", PRIVBIND_CONF) != 0)
            err(EXIT_FAILURE, PRIVBIND_CONF);
        return;
    }
    int fd = open(PRIVBIND_CONF, O_WRONLY | O_CLOEXEC | (strchr("Ww", how) != NULL ? O_TRUNC : 0));
    fstat(fd, &before);
    if (pwrite(fd, text, strlen(text), 0) < 0)
        err(EXIT_FAILURE, PRIVBIND_CONF);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    if (strchr("Tt", how) != NULL)
        futimens(fd, times);
    close(fd);
}

static void replace_names(bool known)
{
    sandbox_names();
    if (!known) {
        sandbox_write_file("/etc/passwd", "other:x:9:9::/:/bin/sh\n");
        sandbox_write_file("/etc/group", "other:x:9:\n");
    }
}

/* Of the user and their primary group, which has the same name. */
static void allow_by_name(const char *kind)
{
    char policy[128];
    snprintf(policy, sizeof policy, "deny group nobodys any\nallow %s %s any\n", kind,
             sandbox_user());
    sandbox_policy(policy);
}

/* As the scenario asks, and says when it has. */
_Noreturn static void replace_policies(void)
{
    char how = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int ask = open(ASK, O_RDONLY | O_CLOEXEC), told = open(TOLD, O_WRONLY | O_CLOEXEC);
    while (read(ask, &how, 1) == 1) {
        if (how == '+' || how == '-')
            sandbox_write_file(PORT_START, how == '+' ? "2001\n" : "1024\n");
        else if (how == 'u' || how == 'g')
            allow_by_name(how == 'u' ? "user" : "group");
        else if (how == 'n' || how == 'N')
            replace_names(how == 'N');
        else
            replace_policy(how);
        if (write(told, &how, 1) != 1)
            break;
    }
    _exit(0);
}

/* Runs a scenario beside that. */
static const struct run_result *run_beside(const char *const *argv, bool as_root)
{
    if ((mkfifo(ASK, 0666) != 0 && errno != EEXIST) || (mkfifo(TOLD, 0666) != 0 && errno != EEXIST))
        err(EXIT_FAILURE, ASK);
    chmod(ASK, 0666);
    chmod(TOLD, 0666);
    replace_policy('a'); /* what ran before may have ended with a deny */
    pid_t policies = fork();
    if (policies == 0)
        replace_policies();
    const struct run_result *result = run(&(struct run){.argv = argv,
                                                        .environment = as_root ? NULL : environment,
                                                        .stays_root = as_root,
                                                        .shares_network = true});
    kill(policies, SIGKILL);
    waitpid(policies, NULL, 0);
    return result;
}

#define TRIES 5 /* beside others that compute, none of a try's stops may come in time */

static void stopped_in_the_middle(const char *const *argv, bool as_root)
{
    const struct run_result *result = run_beside(argv, as_root);
    for (int i = 1; i < TRIES && strstr(result->standard_output, "open: 0\n") != NULL; i++)
        result = run_beside(argv, as_root);
    if (strstr(result->standard_output, "open: ") == NULL)
        fail_msg("status %x after %.0f s: %s%s", (unsigned)result->status, result->seconds,
                 result->standard_output, result->standard_error);
    if (strstr(result->standard_output, "open: 0\n") != NULL)
        cannot_run("the machine is too slow, or too fast, to stop it in the middle");
    assert_string_equal(result->standard_output, "open: 1\nbound late: 0\n");
}

static void needs_a_static_host(void)
{
    cannot_run_sanitized("there are no static programs");
#ifndef PRIVBIND_SANITIZED
    system_copy_built("host-static", STATIC_HOST);
#endif
}

static void supervisor_stopped_after_its_decision__not_bound_by_the_old_rule(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "holder_stopped_in_the_middle",
                                NULL};
    needs_a_static_host();
    stopped_in_the_middle(argv, false);
}

static void resident_stopped_after_its_decision__not_bound_by_the_old_rule(void **state)
{
    const char *const argv[] = {
        SANDBOX_LAUNCHER, "-u", "target", HOST, "holder_stopped_in_the_middle", NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    stopped_in_the_middle(argv, true);
}

/* The supervisor reads it again only when it has changed; whatever the clock or the editor does. */
static void policy_changed__next_bind_obeys(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "policy_changes_meanwhile", NULL};
    needs_a_static_host();
    assert_string_equal(run_beside(argv, false)->standard_output,
                        "R: ok\nr: errno 13\nW: ok\nw: errno 13\nP: ok\np: errno 13\nT: ok\n"
                        "t: errno 13\n : errno 13\nW: ok\n : ok\np: errno 13\nP: ok\n : ok\n"
                        "t: errno 13\nT: ok\n : ok\nr: errno 13\nR: ok\n : ok\nx: errno 13\n");
}

static void names_changed__next_bind_obeys(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "names_change_meanwhile", NULL};
    needs_a_static_host();
    assert_string_equal(run_beside(argv, false)->standard_output,
                        "u: ok\n : ok\nn: errno 13\nN: ok\n : ok\ng: ok\n : ok\nn: errno 13\n"
                        "N: ok\n");
}

static void port_start_raised__next_bind_goes_by_the_policy(void **state)
{
    const char *const supervised[] = {SANDBOX_LAUNCHER, STATIC_HOST, "port_start_raised_meanwhile",
                                      NULL};
    const char *const resident[] = {
        SANDBOX_LAUNCHER, "-u", "target", HOST, "port_start_raised_meanwhile", NULL};
    needs_a_static_host();
    assert_string_equal(run_beside(supervised, false)->standard_output, "before: ok\nafter: ok\n");
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    assert_string_equal(run_beside(resident, true)->standard_output, "before: ok\nafter: ok\n");
}

/* What has just been written is read at each bind, since its times may not show another change. */
static void young_policy_and_names__each_text_is_freed(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "supervisor_reads_again_and_again",
                                NULL};
    needs_a_static_host();
    sandbox_names();
    allow_by_name("user");
    assert_string_equal(
        run(&(struct run){.argv = argv, .environment = environment})->standard_output,
        "first: ok\nfailures: 0\nknown: 1\ngrown: 0\n");
}

#define HELD "CapPrm:\t0000000000000400\nCapEff:\t0000000000000000\n"

static void between_binds__capability_not_effective(void **state)
{
    const char *const resident[] = {SANDBOX_LAUNCHER,       "-u", "target", HOST,
                                    "holder_between_binds", NULL};
    const char *const supervised[] = {SANDBOX_LAUNCHER, STATIC_HOST, "holder_between_binds", NULL};
    static const char expected[] =
        "80: ok\n" HELD "other: errno 13\n" HELD "other: errno 13\n" HELD;
    sandbox_policy("allow anyone tcp 80\n");
    needs_a_static_host();
    const struct run_result *result =
        run(&(struct run){.argv = supervised, .environment = environment});
    assert_string_equal(result->standard_output, expected);
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    result = run(&(struct run){.argv = resident, .stays_root = true});
    assert_string_equal(result->standard_output, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_stale_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(supervisor_stopped_after_its_decision__not_bound_by_the_old_rule),
        TEST(resident_stopped_after_its_decision__not_bound_by_the_old_rule),
        TEST(port_start_raised__next_bind_goes_by_the_policy),
        TEST(policy_changed__next_bind_obeys),
        TEST(names_changed__next_bind_obeys),
        TEST(young_policy_and_names__each_text_is_freed),
        TEST(between_binds__capability_not_effective),
    };
    return cmocka_run_group_tests_name("decisions that outlive their time", tests, NULL, NULL);
}
