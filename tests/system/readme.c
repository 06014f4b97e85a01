/* SPDX-License-Identifier: MIT */
/* The examples of the README, as they stand there, with privbind installed. */
#include "document.h"
#include "system.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT SANDBOX_DIR "/readme-example"

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};

/* Finds the example in README.md that begins with a line, and writes it into a file. */
static void write_example(const char *first_line, const char *path)
{
    char first[DOCUMENT_LINE_MAX];
    struct document readme = document_open("README.md");
    bool is_found = false;
    while (!is_found && document_next_block(&readme, first, path))
        is_found = strcmp(first, first_line) == 0;
    fclose(readme.file);
    if (!is_found)
        fail_msg("README.md has no example that begins with: %s", first_line);
}

static const struct run_result *run_installed(const char *const *argv)
{
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void need_installed(const char *program)
{
    if (access(program, X_OK) != 0)
        cannot_run("%s is not installed", program);
}

static void shell_wrapper__bound(void **state)
{
    const char *const argv[] = {SCRIPT, HOST, "ipv4_any__bound", NULL};
    write_example("#!/bin/sh\n", SCRIPT);
    const struct run_result *result = run_installed(argv);
    assert_string_equal(result->standard_error, "");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
}

static void script_with_interpreter_line__answers(void **state)
{
    const char *const argv[] = {
        "/bin/sh", "-c",
        SCRIPT " & server=$!\n"
               "for i in $(seq 100); do\n"
               "    python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1/\""
               ").status)' 2>/dev/null && break\n"
               "    sleep 0.1\n"
               "done\n"
               "kill $server",
        NULL};
    need_installed("/usr/bin/python3");
    write_example("#!/usr/bin/env -S privbind python3\n", SCRIPT);
    assert_string_equal(run_installed(argv)->standard_output, "200\n");
}

static void systemd_unit__verified(void **state)
{
    const char *const argv[] = {"/usr/bin/systemd-analyze", "verify", SCRIPT ".service", NULL};
    need_installed(argv[0]);
    need_installed("/usr/bin/python3");
    write_example("[Service]\n", SCRIPT ".service");
    chmod(SCRIPT ".service", 0644);
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    assert_null(strstr(result->standard_error, "readme-example"));
    assert_int_equal(result->status, 0);
}

static void doctor_as_installed__everything_ok(void **state)
{
    const char *const argv[] = {"/usr/local/bin/privbind", "--check", "80/tcp", NULL};
    const struct run_result *result = run_installed(argv);
    assert_int_equal(result->status, 0);
    assert_null(strstr(result->standard_output, "FAIL"));
    assert_contains(result->standard_output, "\nok    library: loads by its bare name, from "
                                             "/usr/local/lib/libprivbind.so\n");
}

/* What bash makes of a line, with or without the package bash-completion. */
static const char *complete(const char *words, const char *setup)
{
    char script[1024];
    snprintf(script, sizeof script,
             "%s\n. /usr/local/share/bash-completion/completions/privbind\n"
             "COMP_LINE=\"%s\" COMP_POINT=${#COMP_LINE}\n"
             "eval \"COMP_WORDS=($COMP_LINE)\"\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
             "_privbind; printf '%%s\\n' \"${COMPREPLY[@]}\"",
             setup, words);
    const char *const argv[] = {"/bin/bash", "-c", script, NULL};
    return run_installed(argv)->standard_output;
}

static void completion__options_then_commands(void **state)
{
    static const struct {
        const char *words, *expected;
    } cases[] = {
        {"privbind --che", "--check\n"},
        {"privbind -m sec", "seccomp\n"},
        {"privbind -m auto md5su", "md5sum\n"},
        {"privbind -u targe", "target\n"},
        {"privbind -u target : serv", "servers\n"}, /* as bash cuts target:serv */
        {"privbind -u target : servers md5su", "md5sum\n"},
        {"privbind -u target -a 'tcp 80' md5su", "md5sum\n"},
        {"privbind -- md5su", "md5sum\n"},
        {"privbind md5sum /etc/passw", "/etc/passwd\n"},
    };
    need_installed("/bin/bash");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_contains(complete(cases[i].words, ""), cases[i].expected);
}

static void completion_of_the_commands_words__its_own(void **state)
{
    if (access("/usr/share/bash-completion/bash_completion", R_OK) != 0)
        cannot_run("bash-completion is not installed");
    assert_contains(
        complete("privbind md5sum --che", ". /usr/share/bash-completion/bash_completion"),
        "--check\n");
}

static bool is_installed;

/* For the first of these tests: other tests by themselves do not wait for it. */
static int install(void **state)
{
    if (!is_installed && system_install() != 0)
        return -1;
    is_installed = true;
    return system_setup(state);
}

static int uninstall(void **state)
{
    if (!is_installed)
        return 0;
    is_installed = false;
    return system_uninstall();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, install, system_teardown)

int run_readme_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shell_wrapper__bound),
        TEST(script_with_interpreter_line__answers),
        TEST(systemd_unit__verified),
        TEST(doctor_as_installed__everything_ok),
        TEST(completion__options_then_commands),
        TEST(completion_of_the_commands_words__its_own),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    system_say_skipped("the README's examples", SYSTEM_NOT_SANITIZED);
    return 0;
#endif
    if (!system_has_compiler()) {
        system_say_skipped("the README's examples", SYSTEM_NO_COMPILER);
        return system_must_work();
    }
    return cmocka_run_group_tests_name("the README's examples", tests, NULL, uninstall);
}
