/* SPDX-License-Identifier: MIT */
/* What a distribution's packager expects of the Makefile. */
#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STAGE SANDBOX_DIR "/stage-of-package"

/* Two of the programs: what make does for all does not fit into what run() catches. */
#define NOTHING SANDBOX_DIR "/nothing"
#define GOALS NOTHING "/stripped/privbind-helper " NOTHING "/stripped/libprivbind.so"

/* Runs make with these words before and behind it, without building anything. */
static const char *make(const char *environment, const char *arguments)
{
    char command[2048];
    snprintf(command, sizeof command, "%s make -n %s BUILD=" NOTHING " 2>&1", environment,
             arguments);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    const char *const variables[] = {"PATH=/usr/bin:/bin", NULL};
    return run(&(struct run){.argv = argv, .environment = variables, .stays_root = true})
        ->standard_output;
}

/* Of what make would do: the lines with one word all have another, too; and there are some. */
static void assert_each_line(const char *output, const char *with, const char *has)
{
    int count = 0;
    static char copy[65536];
    snprintf(copy, sizeof copy, "%s", output);
    for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strstr(line, with) == NULL)
            continue;
        if (strstr(line, has) == NULL)
            fail_msg("no %s: %s", has, line);
        count++;
    }
    assert_true(count >= 1 && count <= 1000);
}

static void flags_of_the_environment__in_every_command(void **state)
{
    const char *output =
        make("CFLAGS=-O1\\ -DPACKAGER CPPFLAGS=-DPREPROCESSOR LDFLAGS=-Wl,-LINKER", GOALS);
    assert_each_line(output, " -c -o ", " -DPACKAGER ");
    assert_each_line(output, " -c -o ", " -DPREPROCESSOR ");
    assert_each_line(output, " -o " NOTHING "/privbind", " -Wl,-LINKER ");
    assert_each_line(output, " -o " NOTHING "/libprivbind.so", " -Wl,-LINKER ");
}

static void own_flags__behind_those_of_the_command_line(void **state)
{
    const char *output = make("", GOALS " CFLAGS='-O1 -fvisibility=default -DPACKAGER'");
    assert_each_line(output, "preload/bind.c", " -fvisibility=hidden ");
    assert_each_line(output, " -c -o ", " -DPACKAGER ");
    assert_true(strstr(output, "-fvisibility=default") < strstr(output, "-fvisibility=hidden"));
}

static void strip_of_the_environment__used(void **state)
{
    assert_contains(make("STRIP=strip-of-packager", GOALS),
                    "strip-of-packager " NOTHING "/stripped/privbind-helper\n");
}

static void cross_compiler__its_own_strip(void **state)
{
    sandbox_write_file(SANDBOX_DIR "/cross-gcc", "#!/bin/sh\n"
                                                 "[ $1 != -print-prog-name=strip ] || "
                                                 "echo /cross/strip\n");
    chmod(SANDBOX_DIR "/cross-gcc", 0755);
    assert_contains(make("CC=" SANDBOX_DIR "/cross-gcc", GOALS),
                    "/cross/strip " NOTHING "/stripped/privbind-helper\n");
}

static void blank_in_a_folder__refused_in_one_line(void **state)
{
    static const char *const names[] = {"DESTDIR", "PREFIX", "SYSCONFDIR", "LIBEXECDIR"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char argument[64], line[128];
        snprintf(argument, sizeof argument, "install '%s=/a b'", names[i]);
        snprintf(line, sizeof line, "%s must not have a space: '/a b'", names[i]);
        const char *output = make("", argument);
        assert_contains(output, line);
        assert_null(strstr(output, "install -"));
        assert_ptr_equal(strchr(output, '\n'), strrchr(output, '\n'));
    }
}

static void help__names_each_target_once(void **state)
{
    static const char *const targets[] = {"install", "check", "demo", "lint", "dist",
                                          "deb",     "rpm",   "asan", "bench"};
    const char *const argv[] = {"/usr/bin/make", "-s", "help", NULL};
    const char *const variables[] = {"PATH=/usr/bin:/bin", NULL};
    const char *output =
        run(&(struct run){.argv = argv, .environment = variables, .stays_root = true})
            ->standard_output;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "make %s ", targets[i]);
        const char *found = strstr(output, line);
        if (found == NULL || strstr(found + 1, line) != NULL)
            fail_msg("%s: not once in\n%s", line, output);
    }
}

/* As libprivbind(7) has it; the loader of libc6-i386 and that of libc6:i386 take different
 * directories.
 */
static void library_for_32_bits__found_by_LIB(void **state)
{
    char host[4096], command[8192];
    snprintf(host, sizeof host, "%s/32/tests/host", system_build);
    if (access(host, X_OK) != 0)
        cannot_run("the compiler does not take -m32");
    sandbox_copy_file(host, SANDBOX_DIR "/host-32");
    if (!system_runs(SANDBOX_DIR "/host-32"))
        cannot_run_without("32-bit", "the kernel does not run 32-bit programs");
    snprintf(command, sizeof command,
             "sed -n '/^for directory in lib/,/^done/{s|sudo ||; s|\\\\e$|\\\\|; p;}' "
             "preload/libprivbind.7 | "
             "sed 's|build/m32|%s/32|; s|/usr/local|" STAGE "|' | sh",
             system_build);
    assert_int_equal(system(command), 0);
    const char *const argv[] = {SANDBOX_DIR "/host-32", "ipv4_any__bound", NULL};
    const char *const environment[] = {"LD_PRELOAD=" STAGE "/$LIB/libprivbind.so",
                                       "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_string_equal(result->standard_error, "");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
}

/* groff 1.22 puts "BSD" before it, and both take the system that formats them for its author. */
static void manual_pages__headed_alike_by_mandoc_and_groff(void **state)
{
    static const char script[] =
        "for page in helper/*.[158] preload/*.7; do\n"
        "    for tool in 'mandoc -T ascii' 'groff -mandoc -T ascii -P -c'; do\n"
        "        $tool $page | sed 's/.\\x08//g' | sed -n '1p; $p' | tr -s ' \\t' '  '\n"
        "    done | sort -u | wc -l\n"
        "done";
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    if (access("/usr/bin/mandoc", X_OK) != 0 || access("/usr/bin/groff", X_OK) != 0)
        cannot_run("mandoc and groff are not both installed");
    assert_string_equal(
        run(&(struct run){.argv = argv, .environment = environment})->standard_output,
        "2\n2\n2\n2\n2\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_package_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(flags_of_the_environment__in_every_command),
        TEST(own_flags__behind_those_of_the_command_line),
        TEST(strip_of_the_environment__used),
        TEST(cross_compiler__its_own_strip),
        TEST(blank_in_a_folder__refused_in_one_line),
        TEST(help__names_each_target_once),
        TEST(library_for_32_bits__found_by_LIB),
        TEST(manual_pages__headed_alike_by_mandoc_and_groff),
    };
    return cmocka_run_group_tests_name("packaging", tests, NULL, NULL);
}
