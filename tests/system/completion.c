/* SPDX-License-Identifier: MIT */
/* The completions, each in its shell. */
#include "system.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT SANDBOX_DIR "/complete"
#define DIRECTORY SANDBOX_DIR "/completion"

struct line {
    const char *typed, *expected; /* a part of what is offered, or of what the line becomes */
};

static const struct line lines[] = {
    {"privbind --mo", "--mode"},
    {"privbind --no", "--no-new-privs"},
    {"privbind -m sec", "seccomp"},
    {"privbind --mode=sec", "seccomp"},
    {"privbind --mode sec", "seccomp"},
    {"privbind --user targe", "target"},
    {"privbind -a ud", "udp"},
    {"privbind --listen 53", "53/udp"},
    {"privbind --check 44", "443/tcp"},
    {"privbind --check --user targe", "target"},
    {"privbind -m auto md5su", "md5sum"},
    {"privbind -u target -a 'tcp 80' md5su", "md5sum"},
    {"privbind --listen 80 --listen 443 md5su", "md5sum"},
    {"privbind -- md5su", "md5sum"},
    {"privbind md5sum /etc/passw", "/etc/passwd"},
};
#define LINES (sizeof lines / sizeof lines[0])

/* Runs a script in the shell, with what is typed and what is waited for as its arguments. */
static void assert_completed(const char *shell, const char *option, const struct line *line)
{
    static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                              "HOME=/nonexistent", "TERM=dumb", "LC_ALL=C", NULL};
    const char *const argv[] = {shell, option, SCRIPT, line->typed, line->expected, NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    if (strstr(result->standard_output, line->expected) == NULL)
        fail_msg("%s: '%s' does not bring '%s': %s%s", shell, line->typed, line->expected,
                 result->standard_output, result->standard_error);
}

static void prepare(const char *shell, const char *name, const char *script)
{
    char from[64], to[sizeof DIRECTORY + 32];
    if (access(shell, X_OK) != 0)
        cannot_run("%s is not installed", shell);
    mkdir(DIRECTORY, 0755);
    chmod(DIRECTORY, 0777); /* zsh keeps there what it has read once */
    snprintf(from, sizeof from, "helper/completion/%s", name);
    snprintf(to, sizeof to, DIRECTORY "/%s", name);
    sandbox_copy_file(from, to);
    sandbox_write_file(SCRIPT, script);
}

static void in_bash__options_then_commands(void **state)
{
    prepare("/bin/bash", "privbind.bash",
            ". " DIRECTORY "/privbind.bash\n"
            "typed=${1//=/ = }\n" /* as bash cuts it */
            "eval \"COMP_WORDS=($typed)\"\n"
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
            "_privbind\n"
            "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
    for (size_t i = 0; i < LINES; i++)
        assert_completed("/bin/bash", "--norc", &lines[i]);
}

/* A shell of its own, on a terminal, in which a person would press the tabulator key. */
static void in_zsh__options_then_commands(void **state)
{
    prepare("/usr/bin/zsh", "_privbind",
            "zmodload zsh/zpty\n"
            "zpty person zsh -f -i\n"
            "zpty -w person 'PS1=; fpath=(" DIRECTORY " $fpath); autoload -U compinit;"
            "compinit -u -d " DIRECTORY "/dump; print ready$((1 + 1))'\n"
            "zpty -r person seen '*ready2*'\n"
            "zpty -w -n person $1$'\\t\\t'\n"
            "zpty -r -m person seen \"*$2*\"\n"
            "print -r -- $seen\n");
    for (size_t i = 0; i < LINES; i++)
        assert_completed("/usr/bin/zsh", "-f", &lines[i]);
}

static void in_fish__options_then_commands(void **state)
{
    prepare("/usr/bin/fish", "privbind.fish",
            "source " DIRECTORY "/privbind.fish\n"
            "complete \"--do-complete=$argv[1]\"\n");
    for (size_t i = 0; i < LINES; i++)
        assert_completed("/usr/bin/fish", "--no-config", &lines[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_completion_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_bash__options_then_commands),
        TEST(in_zsh__options_then_commands),
        TEST(in_fish__options_then_commands),
    };
    return cmocka_run_group_tests_name("completions", tests, NULL, NULL);
}
