/* SPDX-License-Identifier: MIT */
/* privbind --check: the order and the form of what it prints. */
#include "system.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

#define CHECK(...)                                                                                 \
    run(&(struct run){.argv =                                                                      \
                          (const char *const[]){SANDBOX_LAUNCHER, "--check", __VA_ARGS__, NULL},   \
                      .environment = environment})

static void assert_begins(const struct run_result *result, const char *text)
{
    if (strncmp(result->standard_output, text, strlen(text)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", result->standard_output, text);
}

static void refusal__verdict_first_then_what_is_in_the_way(void **state)
{
    const struct run_result *result = CHECK("192.0.2.1:80");
    assert_begins(result, "FAIL  bind: 192.0.2.1:80: the kernel says: ");
    const char *second = strchr(result->standard_output, '\n') + 1;
    assert_int_equal(strncmp(second, "FAIL  address: ", 15), 0);
    assert_int_equal(WEXITSTATUS(result->status), 1);
}

/* The helper's reason and the doctor's own finding are one. */
static void reason_of_the_helper__printed_once(void **state)
{
    sandbox_policy("");
    const char *output = CHECK("80")->standard_output;
    const char *first = strstr(output, "no rule allows user ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "no rule allows user "));
}

static void several_targets__a_verdict_each_and_the_rest_once(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    const struct run_result *result = CHECK("80", "localhost:http", "81/tcp");
    assert_begins(result, "ok    bind: 80 worked: ");
    assert_contains(result->standard_output, "\nok    bind: localhost:http worked: ");
    assert_contains(result->standard_output, "\nFAIL  bind: 81/tcp: no rule allows user ");
    assert_contains(result->standard_output,
                    "\nok    policy: 80: allowed by " PRIVBIND_CONF ":1\n");
    const char *first = strstr(result->standard_output, "\nok    no_new_privs: ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\nok    no_new_privs: "));
    assert_int_equal(WEXITSTATUS(result->status), 1);
}

static void library_does_not_load__verdict_FAIL_although_bound(void **state)
{
    const char *directory = SANDBOX_DIR "/no-library";
    const char *const argv[] = {SANDBOX_DIR "/no-library/privbind", "--check", "80", NULL};
    if (access(PRIVBIND_LIBRARY_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    mkdir(directory, 0755);
    sandbox_copy_file(SANDBOX_LAUNCHER, argv[0]);
    const struct run_result *result = run(&(struct run){.argv = argv, .environment = environment});
    assert_begins(result, "FAIL  bind: 80: the helper binds it, but the library does not load, ");
    assert_contains(result->standard_output, "\nFAIL  library: " PRIVBIND_LIBRARY_PATH ": ");
    assert_int_equal(WEXITSTATUS(result->status), 1);
}

static void helper_of_another_version__named_as_that(void **state)
{
    static const char *const variables[] = {"PRIVBIND_HELPER=" SANDBOX_DIR "/answers-other-version",
                                            NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80", NULL};
    system_copy_built("fake_helper", SANDBOX_DIR "/answers-other-version");
    assert_begins(run(&(struct run){.argv = argv, .environment = variables}),
                  "FAIL  bind: 80: " SANDBOX_DIR
                  "/answers-other-version speaks protocol version 2, but "
                  "this privbind speaks 1; install both from the same release: ");
}

static void set_no_new_privs(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* As in bubblewrap: to remount it would fix nothing. */
static void nosuid_mount_with_no_new_privs__only_the_latter_FAIL(void **state)
{
    static const char *const variables[] = {"PRIVBIND_HELPER=" SANDBOX_DIR "/sandboxed/helper",
                                            NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80", NULL};
    mkdir(SANDBOX_DIR "/sandboxed", 0755);
    if (mount("tmpfs", SANDBOX_DIR "/sandboxed", "tmpfs", MS_NOSUID, "mode=755") != 0)
        err(EXIT_FAILURE, "tmpfs");
    sandbox_copy_file(SANDBOX_HELPER, SANDBOX_DIR "/sandboxed/helper");
    sandbox_set_capability(SANDBOX_DIR "/sandboxed/helper");
    const char *output =
        run(&(struct run){.argv = argv, .environment = variables, .as_target = set_no_new_privs})
            ->standard_output;
    umount(SANDBOX_DIR "/sandboxed");
    assert_contains(output, "\nFAIL  no_new_privs: is set, ");
    assert_contains(output, "(privbind -m seccomp bwrap ...)");
    assert_contains(output, "\nnote  mount: the helper is also on a nosuid mount");
}

static void json__valid_and_the_same_verdict(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    const struct run_result *result = CHECK("--json", "80", "81");
    assert_begins(result, "{\"ok\": false, \"targets\": [\n  {\"target\": \"80\", \"ok\": true, ");
    assert_contains(result->standard_output,
                    "\n  {\"target\": \"81\", \"ok\": false, \"text\": \"81: no rule ");
    assert_int_equal(WEXITSTATUS(result->status), 1);
    if (access("/usr/bin/python3", X_OK) != 0)
        cannot_run("python3 is not installed");
    const char *const argv[] = {"/bin/sh", "-c",
                                SANDBOX_LAUNCHER " --check --json 80 '\"\\' 81/udp 80 |"
                                                 "/usr/bin/python3 -m json.tool",
                                NULL};
    assert_int_equal(WEXITSTATUS(run(&(struct run){.argv = argv})->status), 1); /* wrong target */
    const char *const good[] = {"/bin/sh", "-c",
                                SANDBOX_LAUNCHER " --check --json 80 81/udp 192.0.2.1:80 |"
                                                 "/usr/bin/python3 -m json.tool",
                                NULL};
    assert_int_equal(run(&(struct run){.argv = good, .environment = environment})->status, 0);
}

/* Control characters of another user's process reach root's terminal by the name of its holder. */
static void name_of_the_holder_with_control_characters__question_marks(void **state)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80", NULL};
    fflush(NULL);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ready[2];
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0 ||
        pipe(ready) != 0)
        err(EXIT_FAILURE, "port 80");
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "\x9b"
                           "31m\xc2\x9b"
                           "1m\033c");
        close(ready[1]);
        close(ready[0]);
        pause();
    }
    close(fd);
    close(ready[1]);
    if (read(ready[0], &fd, 1) != 0)
        err(EXIT_FAILURE, "pipe");
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .shares_network = true, .stays_root = true});
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_contains(result->standard_output, " is taken by ?31m??1m?c (pid ");
}

/* Runs the check on a terminal of that many columns and returns what that shows. */
static const char *on_terminal(unsigned short columns, const char *variable)
{
    static char shown[32768];
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        err(EXIT_FAILURE, "a terminal");
    const char *name = ptsname(terminal);
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) != 0)
        err(EXIT_FAILURE, "%s", name);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char *const variables[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "TERM=xterm",
                                   (char *)(uintptr_t)variable, NULL};
        dup2(slave, STDOUT_FILENO);
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "--check", "80", NULL, variables);
        _exit(127);
    }
    close(slave);
    size_t used = 0;
    ssize_t count;
    while ((count = read(terminal, shown + used, sizeof shown - 1 - used)) > 0)
        used += (size_t)count;
    shown[used] = '\0';
    close(terminal);
    waitpid(pid, NULL, 0);
    return shown;
}

/* Columns of the longest line with a blank behind its indent, without colours. */
static size_t widest(const char *text)
{
    size_t widest = 0;
    for (const char *line = text; *line != '\0';) {
        const size_t bytes = strcspn(line, "\r\n");
        size_t width = 0;
        for (const char *at = line; at < line + bytes; at++, width++) {
            if (*at == '\033') {
                at = strchr(at, 'm');
                width--;
            }
        }
        if (width > widest && memchr(line + 6, ' ', bytes > 6 ? bytes - 6 : 0) != NULL)
            widest = width;
        line += bytes + strspn(line + bytes, "\r\n");
    }
    return widest;
}

static void assert_widest(const char *text, size_t least, size_t most)
{
    const size_t width = widest(text);
    if (width < least || width > most)
        fail_msg("%zu columns, not %zu to %zu: %s", width, least, most, text);
}

static void terminal__folded_at_its_width_with_colours(void **state)
{
    const char *shown = on_terminal(72, "A=1");
    assert_contains(shown, "\033[32mok\033[m    bind: 80 worked: ");
    assert_widest(shown, 40, 72);
    assert_contains(shown, "\n      "); /* the rest of a line */
    assert_widest(on_terminal(200, "A=1"), 73, 100);
}

static void NO_COLOR_or_pipe__no_colours(void **state)
{
    assert_null(strchr(on_terminal(80, "NO_COLOR=1"), '\033'));
    const char *piped = CHECK("80")->standard_output;
    assert_null(strchr(piped, '\033'));
    assert_null(strstr(piped, "\n      "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_doctor_report_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refusal__verdict_first_then_what_is_in_the_way),
        TEST(reason_of_the_helper__printed_once),
        TEST(several_targets__a_verdict_each_and_the_rest_once),
        TEST(library_does_not_load__verdict_FAIL_although_bound),
        TEST(helper_of_another_version__named_as_that),
        TEST(nosuid_mount_with_no_new_privs__only_the_latter_FAIL),
        TEST(json__valid_and_the_same_verdict),
        TEST(name_of_the_holder_with_control_characters__question_marks),
        TEST(terminal__folded_at_its_width_with_colours),
        TEST(NO_COLOR_or_pipe__no_colours),
    };
    return cmocka_run_group_tests_name("what the doctor prints", tests, NULL, NULL);
}
