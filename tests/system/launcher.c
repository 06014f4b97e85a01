/* SPDX-License-Identifier: MIT */
/* privbind's command line: what it does, its exit status, and the one line when it does not. */
#include "launcher.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY_LINE "LD_PRELOAD=" SANDBOX_LIBRARY

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                          "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                          "HOME=/root",
                                          "USER=root",
                                          "LOGNAME=root",
                                          NULL};

/* Runs privbind with arguments, up to a NULL. */
const struct run_result *privbind(bool as_root, const char *const arguments[ARGUMENTS_MAX])
{
    const char *argv[ARGUMENTS_MAX + 2] = {SANDBOX_LAUNCHER};
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[i + 1] = arguments[i];
    return run(&(struct run){.argv = argv, .environment = environment, .stays_root = as_root});
}

struct wrong_line {
    const char *arguments[ARGUMENTS_MAX];
    int status;
    const char *message; /* the one line, or how it begins */
};

static void assert_refused(bool as_root, const struct wrong_line *line)
{
    const struct run_result *result = privbind(as_root, line->arguments);
    char expected[512];
    snprintf(expected, sizeof expected, "privbind: %s", line->message);
    if (strncmp(result->standard_error, expected, strlen(expected)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", result->standard_error, expected);
    assert_ptr_equal(strchr(result->standard_error, '\n'),
                     result->standard_error + strlen(result->standard_error) - 1);
    assert_string_equal(result->standard_output, "");
    assert_true(WIFEXITED(result->status));
    assert_int_equal(WEXITSTATUS(result->status), line->status);
}

static void wrong_command_line__one_line_and_125_or_2(void **state)
{
    static const struct wrong_line lines[] = {
        {{NULL}, 125, "the command is missing; see privbind -h\n"},
        {{"--"}, 125, "the command is missing; see privbind -h\n"},
        {{"-x", "true"}, 125, "unknown option '-x'; see privbind -h\n"},
        {{"--nonsense", "true"}, 125, "unknown option '--nonsense'; see privbind -h\n"},
        {{"--help=me"}, 125, "unknown option '--help=me'; see privbind -h\n"},
        {{"-u"}, 125, "-u needs an argument; see privbind -h\n"},
        {{"-m", "ptrace", "true"}, 125, "-m ptrace: the mode must be auto, preload or seccomp\n"},
        {{"--check"}, 2, "--check needs a target, such as 80 or 53/udp; see privbind -h\n"},
        {{"-a", "tcp 80", "true"}, 125, "-a needs -u USER; without -u, the policy is in "},
        {{"--no-new-privs", "true"}, 125, "--no-new-privs needs -u USER: without -u, "},
        {{"--check", "80", "no-service"}, 2, "--check no-service: 'no-service' is neither a port "},
        {{"--check", ""}, 2, "--check : '' is not a port (a number from 1 to 65535)\n"},
        {{"--check", "80", "-m"}, 2, "--check: '-m' is not one of its options; see privbind -h\n"},
        {{"--check", "80", "-a", "tcp 80"}, 2, "-a and --no-new-privs need -u USER; "},
        {{"--check", "80", "--file", "x"}, 2, "--file is for --policy; see privbind -h\n"},
        {{"--policy", "--json"}, 2, "--policy takes -u USER and --file FILE only; see "},
        {{"--policy", "--file"}, 2, "--policy: --file needs an argument; see privbind -h\n"},
        {{"--policy", "80/foo"}, 2, "--policy 80/foo: 'foo' is not a protocol (tcp, udp, "},
        {{"--policy", "-u", "no-one"}, 2, "--policy -u no-one: no such user in /etc/passwd; "},
        {{"--check", "0/tcp"}, 2, "--check 0/tcp: port 0 is out of range\n"},
        {{"--check", "70000/tcp"}, 2, "--check 70000/tcp: port 70000 is out of range\n"},
        {{"--check", "80/foo"}, 2, "--check 80/foo: 'foo' is not a protocol (tcp, udp, "},
        {{"--check", "::1:443"}, 2, "--check ::1:443: '::1' is not an IPv4 address; IPv6 wants "},
        {{"nosuch"}, 127, "nosuch: not found in PATH\n"},
        {{""}, 127, ": not found in PATH\n"},
        {{"a\nb\033[31m"}, 127, "a?b?[31m: not found in PATH\n"},
        {{"./nosuch"}, 127, "./nosuch: No such file or directory\n"},
        {{"/etc"}, 126, "/etc: is a directory\n"},
        {{"/etc/passwd"}, 126, "/etc/passwd: Permission denied; make it executable, and "},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_refused(false, &lines[i]);
}

static void wrong_user_or_policy__one_line_and_125(void **state)
{
    static const struct wrong_line lines[] = {
        {{"-u", "nosuch", "true"}, 125, "-u nosuch: no such user in /etc/passwd; give "},
        {{"-u", "", "true"}, 125, "-u : a name or a number is missing; write USER or USER:GROUP\n"},
        {{"-u", ":servers", "true"}, 125, "-u :servers: a name or a number is missing; "},
        {{"-u", "target:", "true"}, 125, "-u target:: a name or a number is missing; "},
        {{"-u", "target:nosuch", "true"}, 125, "-u target:nosuch: no such group in /etc/group; "},
        {{"-u", "root", "true"}, 125, "-u root: the command would stay root; choose another "},
        {{"-u", "0:" TARGET_ID, "true"},
         125,
         "-u 0:" TARGET_ID ": the command would stay root; choose another "},
        {{"-u", "4294967295", "true"}, 125, "-u 4294967295: the uid is out of range\n"},
        {{"-u", "target", "-a", "", "true"},
         125,
         "-a '': ports are missing; write for example -a 'tcp 80'\n"},
        {{"-u", "target", "-a", "tcp", "true"}, 125, "-a 'tcp': ports are missing after tcp; "},
        {{"-u", "target", "-a", "tcp 0", "true"}, 125, "-a 'tcp 0': port 0 is out of range\n"},
        {{"-u", "target", "-a", "80", "-a", "tcp 70000", "true"},
         125,
         "-a 'tcp 70000': port 70000 is out of range\n"},
        {{"-u", "target", "-a", "tcp 80\nallow anyone any", "true"},
         125,
         "-a contains a line break"},
        {{"-u", "target", "-a", "# tcp 80", "true"}, 125, "-a '# tcp 80': allow needs ports; "},
        {{"-u", "target"}, 125, "the command is missing; see privbind -h\n"},
        {{"-u", "target", "nosuch"}, 127, "nosuch: not found in PATH\n"},
        {{"-u", "target", "/etc/passwd"}, 126, "/etc/passwd: Permission denied; "},
    };
    need_root();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_refused(true, &lines[i]);
}

static void u_as_ordinary_user__one_line_and_125(void **state)
{
    static const struct wrong_line line = {
        {"-u", "target", "true"},
        125,
        "-u needs root; as an ordinary user leave it out; the policy is in "};
    need_root(); /* there the target's uid is 0 as well */
    assert_refused(false, &line);
}

static void file_that_cannot_be_executed__126(void **state)
{
    static const struct {
        const char *name, *text;
        mode_t mode;
        const char *message;
    } files[] = {
        {SANDBOX_DIR "/no-interpreter", "#!/nonexistent/sh\n", 0755, "its interpreter ("},
        {SANDBOX_DIR "/no-x", "#!/bin/sh\n", 0644, "Permission denied; make it executable, and "},
        {SANDBOX_DIR "/no-first-line", "exec true\n", 0755,
         "A script needs a first line, such as #!/bin/sh"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        sandbox_write_file(files[i].name, files[i].text);
        chmod(files[i].name, files[i].mode);
        const struct run_result *result = PRIVBIND(files[i].name);
        assert_int_equal(WEXITSTATUS(result->status), 126);
        assert_contains(result->standard_error, files[i].message);
    }
}

/* There is no resident helper to end. */
static void command_not_found__other_processes_live(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", SANDBOX_LAUNCHER " nosuch; echo alive", NULL};
    assert_string_equal(run(&(struct run){.argv = argv})->standard_output, "alive\n");
}

static void help_and_version__stdout_and_0(void **state)
{
    static const struct {
        const char *option, *text;
    } cases[] = {
        {"-h", "usage: privbind "},
        {"--help", "usage: privbind "},
        {"-V", "privbind " PRIVBIND_VERSION "\n"},
        {"--version", "privbind " PRIVBIND_VERSION "\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct run_result *result = PRIVBIND(cases[i].option);
        assert_int_equal(result->status, 0);
        assert_contains(result->standard_output, cases[i].text);
        assert_string_equal(result->standard_error, "");
    }
}

static void ordinary_user__command_is_bound_and_its_status_returned(void **state)
{
    const struct run_result *result = PRIVBIND(HOST, "ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_int_equal(WEXITSTATUS(PRIVBIND("sh", "-c", "exit 7")->status), 7);
    assert_int_equal(WTERMSIG(PRIVBIND("sh", "-c", "kill -TERM $$")->status), 15);
}

static void options_after_the_command__are_the_commands(void **state)
{
    static const char *const expected = "-u -a --check -- -h\n";
    assert_string_equal(PRIVBIND("echo", "-u", "-a", "--check", "--", "-h")->standard_output,
                        expected);
    assert_string_equal(PRIVBIND("--", "echo", "-u", "-a", "--check", "--", "-h")->standard_output,
                        expected);
}

static void command__same_process(void **state)
{
    const char *pids =
        PRIVBIND("sh", "-c", "echo $$; exec " SANDBOX_LAUNCHER " sh -c 'echo $$'")->standard_output;
    char first[32];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(pids, "\n") + 1, pids);
    assert_string_equal(pids + strlen(first), first);
}

static void ld_preload__keeps_what_it_held(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"", LIBRARY_LINE "\n"},
        {"LD_PRELOAD=", LIBRARY_LINE "\n"},
        {"LD_PRELOAD=/nonexistent/a.so b.so", LIBRARY_LINE ":/nonexistent/a.so b.so\n"},
        {LIBRARY_LINE, LIBRARY_LINE "\n"},
        {"LD_PRELOAD=a.so:" SANDBOX_LIBRARY, "LD_PRELOAD=a.so:" SANDBOX_LIBRARY "\n"},
        {"LD_PRELOAD=" SANDBOX_LIBRARY ".old", LIBRARY_LINE ":" SANDBOX_LIBRARY ".old\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "/usr/bin/env", NULL};
        const char *const variables[] = {cases[i].before, NULL};
        assert_contains(run(&(struct run){.argv = argv, .environment = variables})->standard_output,
                        cases[i].after);
    }
}

static void ld_preload_of_a_supervised_command__loses_the_library_only(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {LIBRARY_LINE, "LD_PRELOAD=\n"},
        {"LD_PRELOAD=/nonexistent/a.so libprivbind.so:b.so", "LD_PRELOAD=/nonexistent/a.so:b.so\n"},
        {"LD_PRELOAD=/notlibprivbind.so:" SANDBOX_LIBRARY, "LD_PRELOAD=/notlibprivbind.so\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/usr/bin/env", NULL};
        const char *const variables[] = {cases[i].before, "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
        assert_contains(run(&(struct run){.argv = argv, .environment = variables})->standard_output,
                        cases[i].after);
    }
}

static void library_missing__125(void **state)
{
    const char *lonely = SANDBOX_DIR "/lonely/privbind";
    mkdir(SANDBOX_DIR "/lonely", 0755);
    sandbox_copy_file(SANDBOX_LAUNCHER, lonely);
    if (access(PRIVBIND_LIBRARY_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    const char *const argv[] = {lonely, "true", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_string_equal(result->standard_error, "privbind: " PRIVBIND_LIBRARY_PATH
                                                ": No such file or directory; install privbind "
                                                "there (make install)\n");
}

static void library_path_with_a_blank__125(void **state)
{
    mkdir(SANDBOX_DIR "/a b", 0755);
    sandbox_copy_file(SANDBOX_LAUNCHER, SANDBOX_DIR "/a b/privbind");
    sandbox_copy_file(SANDBOX_LIBRARY, SANDBOX_DIR "/a b/libprivbind.so");
    const char *const argv[] = {SANDBOX_DIR "/a b/privbind", "true", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "LD_PRELOAD cannot hold a path with a space");
}

static void setuid_launcher__refuses(void **state)
{
    need_root();
    const char *path = SANDBOX_DIR "/setuid-privbind";
    sandbox_copy_file(SANDBOX_LAUNCHER, path);
    chmod(path, 04755);
    const char *const argv[] = {path, "-u", "nobody", "true", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_string_equal(result->standard_error,
                        "privbind: must not itself be setuid or have file capabilities\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_launcher_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_command_line__one_line_and_125_or_2),
        TEST(wrong_user_or_policy__one_line_and_125),
        TEST(u_as_ordinary_user__one_line_and_125),
        TEST(file_that_cannot_be_executed__126),
        TEST(command_not_found__other_processes_live),
        TEST(help_and_version__stdout_and_0),
        TEST(ordinary_user__command_is_bound_and_its_status_returned),
        TEST(options_after_the_command__are_the_commands),
        TEST(command__same_process),
        TEST(ld_preload__keeps_what_it_held),
        TEST(ld_preload_of_a_supervised_command__loses_the_library_only),
        TEST(library_missing__125),
        TEST(library_path_with_a_blank__125),
        TEST(setuid_launcher__refuses),
    };
    return cmocka_run_group_tests_name("the launcher", tests, NULL, NULL);
}
