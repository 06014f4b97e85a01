/* SPDX-License-Identifier: MIT */
/* Attacks by how the helper is started: what it inherits, and how it is executed. */
#include "attack.h"

#include <err.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

const struct run_result *attack_with(const char *name, void (*as_root)(void))
{
    static const char *const none[] = {NULL};
    const char *seconds = getenv("PRIVBIND_ATTACK_SECONDS");
    char variable[64];
    const char *const argv[] = {ATTACKER, name, NULL};
    const char *const environment[] = {variable, NULL};
    snprintf(variable, sizeof variable, "PRIVBIND_ATTACK_SECONDS=%s", seconds ? seconds : "");
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = seconds ? environment : none, .as_root = as_root});
    if (result->status != 0)
        fail_msg("%s: status %x: %s%s", name, result->status, result->standard_output,
                 result->standard_error);
    return result;
}

const char *attack(const char *name)
{
    return attack_with(name, NULL)->standard_output;
}

void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" contains \"%s\"", text, part);
}

void assert_every_line(const char *text, const char *expected)
{
    char rest[65536];
    snprintf(rest, sizeof rest, "%s", text);
    assert_true(rest[0] != '\0');
    for (char *line = strtok(rest, "\n"); line != NULL; line = strtok(NULL, "\n"))
        assert_contains(line, expected);
}

unsigned count_of(const char *text, const char *what)
{
    const char *at = strstr(text, what);
    return at == NULL ? 0 : (unsigned)atoi(at + strlen(what));
}

int attack_setup(void **state)
{
    system_copy_built("attacker", ATTACKER);
    mkdir(ATTACK_DIR, 0755);
    if (chown(ATTACK_DIR, sandbox_uid(), (gid_t)sandbox_uid()) != 0)
        err(EXIT_FAILURE, ATTACK_DIR);
    return system_setup(state);
}

int attack_teardown(void **state)
{
    if (system("rm -rf " ATTACK_DIR) != 0)
        return -1;
    sandbox_names();
    return system_teardown(state);
}

static void argc_0__bound(void **state)
{
    assert_string_equal(attack("argc_0"), "argc 0: bound\n");
}

static void hostile_argv_0__bound_and_log_clean(void **state)
{
    struct system_log_reader reader = system_read_log();
    const char *output = attack("hostile_argv_0");
    const struct system_log_count count = system_stop_reading(reader);
    assert_every_line(output, ": bound");
    assert_int_equal(count.grants, 8);
    assert_int_equal(count.control_characters, 0);
}

static void path_like_a_log_entry__log_clean(void **state)
{
    struct system_log_reader reader = system_read_log();
    const char *output = attack("path_like_a_log_entry");
    assert_int_equal(system_stop_reading(reader).control_characters, 0);
    assert_contains(output, "path: refused: helper has no CAP_NET_BIND_SERVICE: ");
}

static void hostile_environment__changes_nothing(void **state)
{
    cannot_run_sanitized("the helper's own runtime reads the environment");
    const struct run_result *result = attack_with("hostile_environment", NULL);
    assert_string_equal(result->standard_output,
                        "environment: bound: 57\nsomething was written: 0\n");
    assert_string_equal(result->standard_error, "");
}

static void hostile_environment_without_rule__refused(void **state)
{
    cannot_run_sanitized("the helper's own runtime reads the environment");
    sandbox_policy("");
    assert_contains(attack("hostile_environment"), "environment: refused: 57\n");
}

static void hostile_descriptors__not_written_to(void **state)
{
    cannot_run_sanitized("the helper's own runtime needs a descriptor");
    assert_string_equal(attack("hostile_descriptors"), "1 and 2 closed: bound\n"
                                                       "1 and 2 an own file: bound\n"
                                                       "1 and 2 /dev/full: bound\n"
                                                       "1 and 2 a full pipe: bound\n"
                                                       "1 and 2 a broken pipe: bound\n"
                                                       "1 and 2 the channel: bound\n"
                                                       "all taken: bound\n"
                                                       "0 closed: no answer\n"
                                                       "0 a file: no answer\n"
                                                       "0 a listener: no answer\n"
                                                       "bytes written: 0\n");
}

/* Asserts that the log has an entry for whatever was bound, and that the answers were true. */
static void assert_all_logged(const char *name)
{
    struct system_log_reader reader = system_read_log();
    const char *output = attack(name);
    const unsigned grants = system_stop_reading(reader).grants;
    const unsigned bound =
        count_of(output, ": bound: ") + count_of(output, ": BOUND WITHOUT ANSWER: ");
    assert_true(bound > 0);
    if (grants < bound)
        fail_msg("%u bound, %u logged", bound, grants);
    assert_lacks(output, "NOT TRUE");
    assert_lacks(output, "HANGS");
}

static void lowest_limits__never_bound_without_log(void **state)
{
    assert_all_logged("lowest_limits");
}

static void signals_at_random__never_bound_without_log(void **state)
{
    assert_all_logged("signals_at_random");
}

static void hostile_personality__bound(void **state)
{
    cannot_run_sanitized("it wants the usual layout of memory");
    assert_every_line(attack("hostile_personality"), ": bound");
}

static void every_signal_pending__bound(void **state)
{
    assert_every_line(attack("every_signal_pending"), ": bound");
}

static void hostile_working_directory__changes_nothing(void **state)
{
    sandbox_policy("");
    assert_every_line(attack("hostile_working_directory"), "no rule allows");
}

static void link_helper(void)
{
    if (link(SANDBOX_HELPER, ATTACK_DIR "/link") != 0)
        err(EXIT_FAILURE, "link");
}

static void ways_to_execute__bound_or_without_capability(void **state)
{
    const char *output = attack_with("ways_to_execute", link_helper)->standard_output;
    static const char *const expected[] = {
        "descriptor: bound\n",
        "O_PATH: bound\n",
        "root of a process: bound\n",
        "symbolic link: bound\n",
        "hard link: bound\n",
        "copy: refused: helper has no CAP_NET_BIND_SERVICE: the file has no capability",
        "memory: refused: helper has no CAP_NET_BIND_SERVICE: the file has no capability",
        "script: no answer\n",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_contains(output, expected[i]);
    assert_lacks(output, "NOT TRUE"); /* the loader may execute a static program anew */
}

/* The policy goes with the program, wherever it is. */
static void hard_link_without_rule__refused(void **state)
{
    sandbox_policy("");
    const char *output = attack_with("ways_to_execute", link_helper)->standard_output;
    assert_contains(output, "hard link: refused: no rule allows ");
    assert_lacks(output, "bound");
}

static void shared_tables__named_or_bound(void **state)
{
    const char *output = attack("shared_tables");
    assert_contains(output, "CLONE_FS: refused: helper has no CAP_NET_BIND_SERVICE: ");
    assert_contains(output, "(CLONE_FS)");
    assert_contains(output, "CLONE_VM: bound\n");
    assert_contains(output, "CLONE_FILES: bound\n");
}

static void thousand_at_once__each_is_answered(void **state)
{
    assert_string_equal(attack("thousand_helpers"), "unanswered: 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, attack_setup, attack_teardown)

int run_attack_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(argc_0__bound),
        TEST(hostile_argv_0__bound_and_log_clean),
        TEST(path_like_a_log_entry__log_clean),
        TEST(hostile_environment__changes_nothing),
        TEST(hostile_environment_without_rule__refused),
        TEST(hostile_descriptors__not_written_to),
        TEST(lowest_limits__never_bound_without_log),
        TEST(signals_at_random__never_bound_without_log),
        TEST(hostile_personality__bound),
        TEST(every_signal_pending__bound),
        TEST(hostile_working_directory__changes_nothing),
        TEST(ways_to_execute__bound_or_without_capability),
        TEST(hard_link_without_rule__refused),
        TEST(shared_tables__named_or_bound),
        TEST(thousand_at_once__each_is_answered),
    };
    return cmocka_run_group_tests_name("attacks when the helper starts", tests, NULL, NULL);
}
