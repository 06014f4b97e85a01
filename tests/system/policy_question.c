/* SPDX-License-Identifier: MIT */
/* privbind --policy: what it answers, and what it says of a file. */
#include "system.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONF PRIVBIND_CONF
#define DRAFT SANDBOX_DIR "/draft"

#define ASK(...) ask((const char *const[]){SANDBOX_LAUNCHER, "--policy", __VA_ARGS__, NULL})

static const struct run_result *ask(const char *const *argv)
{
    return run(&(struct run){.argv = argv});
}

static const struct run_result *ask_nothing(void)
{
    return ask((const char *const[]){SANDBOX_LAUNCHER, "--policy", NULL});
}

static void assert_answer(const struct run_result *result, int status, const char *output)
{
    assert_string_equal(result->standard_output, output);
    assert_string_equal(result->standard_error, "");
    assert_int_equal(WEXITSTATUS(result->status), status);
}

/* With the caller's name, which differs with the sandbox. */
static const char *named(const char *format)
{
    static char text[1024];
    snprintf(text, sizeof text, format, sandbox_user());
    return text;
}

static void no_target__rules_about_the_caller(void **state)
{
    sandbox_policy(named("deny user 4711\nallow user %s tcp 80 # web\n\nallow anyone 443\n"));
    assert_answer(ask_nothing(), 0,
                  named(CONF ":2: allow user %s tcp 80 # web\n" CONF ":4: allow anyone 443\n"));
}

static void no_rule_about_the_caller__said(void **state)
{
    sandbox_policy("allow user 4711 tcp 80\n");
    assert_contains(ask_nothing()->standard_output, CONF ": no rule is about user ");
}

static void targets__each_with_its_line(void **state)
{
    sandbox_policy("deny anyone tcp 81\nallow anyone tcp 1-100 on 127.0.0.1,::1\n");
    const struct run_result *result =
        ASK("localhost:http/tcp", "[::1]:22", "127.0.0.1:81", "127.0.0.1:443/tcp");
    assert_int_equal(WEXITSTATUS(result->status), 1);
    assert_contains(result->standard_output,
                    "localhost:http/tcp: allowed by " CONF ":2\n[::1]:22: allowed by " CONF
                    ":2\n127.0.0.1:81: denied: " CONF ":1 denies it to ");
    assert_contains(result->standard_output, "\n127.0.0.1:443/tcp: denied: no rule allows user ");
}

static void all_targets_allowed__exit_0(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    assert_answer(ASK("80", "*:80/tcp"), 0,
                  "80: allowed by " CONF ":1\n*:80/tcp: allowed by " CONF ":1\n");
}

static void unprivileged_port__allowed_without_a_rule(void **state)
{
    sandbox_policy("");
    assert_answer(ASK("8080"), 0,
                  "8080: allowed: it needs no privilege, net.ipv4.ip_unprivileged_port_start is "
                  "1024 here\n");
}

static void another_user__judged_by_their_rules(void **state)
{
    sandbox_policy("allow user 4711 tcp 80\nallow group 4712 tcp 81\nallow user 0 tcp 82\n");
    assert_answer(ASK("-u", "4711", "80"), 0, "80: allowed by " CONF ":1\n");
    assert_answer(ASK("81", "--user", "4711:4712"), 0, "81: allowed by " CONF ":2\n");
    assert_answer(ASK("-u", "0", "82"), 0, "82: allowed by " CONF ":3\n");
}

static void rule_for_another_address__not_to_be_widened(void **state)
{
    sandbox_policy("allow anyone tcp 80 on 127.0.0.1\n");
    const struct run_result *result = ASK("80");
    assert_contains(result->standard_output, " on 0.0.0.0 (all addresses): " CONF
                                             ":1 allows it on 127.0.0.1 only; let the program ");
    assert_contains(system_run_host("ipv4_any__bound")->standard_error,
                    ":1 allows it on 127.0.0.1 only; let the program bind ");
}

static void file_in_force__every_error_and_note(void **state)
{
    sandbox_policy("allow anyone 0\n#\nallow usr x 80\nallow user gitae tcp 22\n");
    assert_answer(ask_nothing(), 1,
                  CONF ":1: port 0 is out of range\n" CONF
                       ":3: 'usr' is neither 'user NAME', 'group NAME' nor 'anyone'\n" CONF
                       ":4: note: no user 'gitae' in /etc/passwd: this matches no one\n");
}

static void rule_in_vain__note_and_exit_0(void **state)
{
    sandbox_write_file(DRAFT, "deny anyone\nallow anyone tcp 80\n");
    assert_answer(ASK("--file", DRAFT), 0,
                  DRAFT ":2: note: this rule never matches: line 1 already covers it\n" DRAFT
                        ":1: deny anyone\n" DRAFT ":2: allow anyone tcp 80\n");
}

static void draft__asked_in_place_of_the_file_in_force(void **state)
{
    sandbox_write_file(DRAFT, "allow anyone tcp 81\n");
    chmod(DRAFT, 0666); /* judged by what it says only */
    assert_answer(ASK("--file", DRAFT, "81"), 0, "81: allowed by " DRAFT ":1\n");
    assert_contains(ASK("--file", DRAFT, "80")->standard_output, "; add to " DRAFT ": allow user ");
    assert_contains(ASK("--file", DRAFT, "8080")->standard_output, "8080: denied: ");
}

static void draft_with_errors__denies_everything(void **state)
{
    sandbox_write_file(DRAFT, "allow anyone tcp 80\nallow\n");
    const struct run_result *result = ASK("--file", DRAFT, "80");
    assert_int_equal(WEXITSTATUS(result->status), 1);
    assert_int_equal(strncmp(result->standard_output, DRAFT ":2: ", strlen(DRAFT ":2: ")), 0);
    assert_contains(result->standard_output, "\n80: denied: " DRAFT ":2: ");
}

static void example_of_the_policy__exit_0(void **state)
{
    sandbox_copy_file("helper/privbind.conf", SANDBOX_DIR "/example");
    assert_int_equal(ASK("--file", SANDBOX_DIR "/example")->status, 0);
}

static void file_in_force_untrusted__exit_1(void **state)
{
    chmod(CONF, 0666);
    const struct run_result *result = ask_nothing();
    assert_int_equal(WEXITSTATUS(result->status), 1);
    assert_contains(result->standard_output, CONF ": is writable by group or others");
}

static void file_in_force_closed_to_the_user__said_to_root(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "--policy", "-u", "target", "80", NULL};
    const struct run as_root = {.argv = argv, .stays_root = true};
    if (sandbox_is_user_namespace())
        cannot_run("the only uid is 0, which reads every file");
    sandbox_policy("allow user target tcp 80\n");
    assert_answer(run(&as_root), 0, "80: allowed by " CONF ":1\n");
    chmod(CONF, 0640);
    assert_answer(run(&as_root), 1,
                  CONF ": user target (uid " TARGET_ID ") may not read it; fix: chmod a+r " CONF
                       "\n");
    if (chown(CONF, 0, TARGET_UID) != 0)
        err(EXIT_FAILURE, CONF);
    assert_answer(run(&as_root), 0, "80: allowed by " CONF ":1\n");
}

/* It is one without a rule, but who looks for errors is told. */
static void file_in_force_missing__denied_and_said(void **state)
{
    unlink(CONF);
    assert_answer(ask_nothing(), 1, CONF ": does not exist\n");
    const struct run_result *result = ASK("80");
    assert_contains(result->standard_output,
                    "80: denied: " CONF " does not exist, so no rule allows user ");
    assert_int_equal(WEXITSTATUS(result->status), 1);
}

static void fifo__exit_1(void **state)
{
    mkfifo(SANDBOX_DIR "/fifo", 0644);
    assert_answer(ASK("--file", SANDBOX_DIR "/fifo"), 1,
                  SANDBOX_DIR "/fifo: is not a regular file\n");
}

/* 0x9b is CSI to some terminals, by itself or as UTF-8. */
static void control_characters_of_the_file_and_its_path__question_marks(void **state)
{
    static const char path[] = SANDBOX_DIR "/draft\x9b"
                                           "31m";
    sandbox_write_file(path, "\xc2\x9b"
                             "31m\n");
    assert_answer(ASK("--file", path), 1,
                  SANDBOX_DIR "/draft?31m:1: '??31m' is neither allow nor deny\n");
    assert_contains(ASK("\x9b"
                        "80")
                        ->standard_error,
                    "privbind: --policy ?80: '?80' is not a port");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_policy_question_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_target__rules_about_the_caller),
        TEST(no_rule_about_the_caller__said),
        TEST(targets__each_with_its_line),
        TEST(all_targets_allowed__exit_0),
        TEST(unprivileged_port__allowed_without_a_rule),
        TEST(another_user__judged_by_their_rules),
        TEST(rule_for_another_address__not_to_be_widened),
        TEST(file_in_force__every_error_and_note),
        TEST(rule_in_vain__note_and_exit_0),
        TEST(draft__asked_in_place_of_the_file_in_force),
        TEST(draft_with_errors__denies_everything),
        TEST(example_of_the_policy__exit_0),
        TEST(file_in_force_untrusted__exit_1),
        TEST(file_in_force_closed_to_the_user__said_to_root),
        TEST(file_in_force_missing__denied_and_said),
        TEST(fifo__exit_1),
        TEST(control_characters_of_the_file_and_its_path__question_marks),
    };
    return cmocka_run_group_tests_name("privbind --policy", tests, NULL, NULL);
}
