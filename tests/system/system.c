/* SPDX-License-Identifier: MIT */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *system_build;

const char *const system_environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                          "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};

bool system_must_work(void)
{
    const char *value = getenv("PRIVBIND_MUST_WORK");
    return value != NULL && strcmp(value, "1") == 0;
}

bool system_is_without(const char *what)
{
    const char *value = getenv("PRIVBIND_WITHOUT");
    return value != NULL && strcmp(value, what) == 0;
}

bool system_runs(const char *program)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        /* Without a scenario it says what there is. */
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        execl(program, program, (char *)NULL);
        _exit(errno == ENOEXEC ? 126 : 0);
    }
    waitpid(pid, &status, 0);
    return status != 126 << 8;
}

bool system_has_compiler(void)
{
    return system("set -- ${CC:-cc} && command -v \"$1\" >/dev/null") == 0;
}

void system_say_skipped(const char *test, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("CANNOT RUN %s: ", test);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

int system_install(void)
{
    char command[4096];
    if (mount("tmpfs", "/usr/local", "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "/usr/local");
    snprintf(command, sizeof command, "make -s install BUILD=%s >/dev/null", system_build);
    return system(command);
}

int system_uninstall(void)
{
    return umount2("/usr/local", MNT_DETACH);
}

void system_copy_built(const char *name, const char *to)
{
    char built[4096];
    snprintf(built, sizeof built, "%s/tests/%s", system_build, name);
    sandbox_copy_file(built, to);
}

void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

void assert_exits(const struct run_result *result, int status, const char *error)
{
    assert_contains(result->standard_error, error);
    assert_true(WIFEXITED(result->status));
    assert_int_equal(WEXITSTATUS(result->status), status);
}

const struct run_result *system_run_host_after(const char *scenario, void (*as_root)(void))
{
    const char *const argv[] = {HOST, scenario, NULL};
    return run(&(struct run){.argv = argv, .environment = system_environment, .as_root = as_root});
}

const struct run_result *system_run_host(const char *scenario)
{
    return system_run_host_after(scenario, NULL);
}

void system_compare(const char *host, const char *preload, const char *scenario,
                    void (*as_root)(void))
{
    char ld_preload[512];
    snprintf(ld_preload, sizeof ld_preload, "LD_PRELOAD=%s", preload);
    const char *const argv[] = {host, scenario, NULL};
    const char *const environment[] = {ld_preload, "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    system_compare_run(host, scenario, as_root,
                       &(struct run){.argv = argv, .environment = environment, .as_root = as_root});
}

/*
 * Descriptors that a user has in flight are counted together, whatever the namespace (unix(7),
 * ETOOMANYREFS, errno 109): a suite that runs beside as the same uid may leave none to a scenario
 * that has hardly any. That one says so, and is tried again.
 */
static const struct run_result *run_with_descriptors(const struct run *delegated)
{
    const struct run_result *seen = run(delegated);
    for (int i = 0; i < 20 && strstr(seen->standard_error, ": errno 109;") != NULL; i++)
        seen = run(delegated);
    return seen;
}

void system_compare_run(const char *host, const char *scenario, void (*as_root)(void),
                        const struct run *delegated)
{
    static struct run_result expected;
    const char *const argv[] = {host, scenario, NULL};

    if (!sandbox_has_ipv6() &&
        (strstr(scenario, "ipv6") != NULL || strstr(scenario, "v4_mapped") != NULL))
        cannot_run("no IPv6 here, for %s", scenario);
#ifdef PRIVBIND_THREAD_SANITIZER
    if (strstr(scenario, "asynchronous_cancellation") != NULL)
        cannot_run("the thread sanitizer's runtime may be cancelled in its midst");
#endif
    expected = *run(&(struct run){.argv = argv, .capable = true, .as_root = as_root});
    const struct run_result *seen = run_with_descriptors(delegated);

    /* Or the comparison would prove nothing. */
    assert_int_equal(expected.status, 0);
    if (strstr(scenario, "__bound") != NULL && strstr(expected.standard_output, ": ok\n") == NULL)
        assert_contains(expected.standard_output, ": 0\n");

    if (strcmp(seen->standard_output, expected.standard_output) != 0)
        print_error("%s, stderr: %s\n", scenario, seen->standard_error);
    assert_string_equal(seen->standard_output, expected.standard_output);
    assert_int_equal(seen->status, expected.status);
}

void system_limit_descriptors(void)
{
    const struct rlimit limit = {40, 40};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        err(EXIT_FAILURE, "RLIMIT_NOFILE");
}

void system_become_process_1(void)
{
    int status;
    if (unshare(CLONE_NEWPID) != 0)
        err(EXIT_FAILURE, "CLONE_NEWPID");
    pid_t pid = fork();
    if (pid == 0)
        return;
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

int system_setup(void **state)
{
    (void)state;
    sandbox_policy(ALLOW_ALL);
    return 0;
}

/* The directory for what sanitizers find, as every user's; tests/sanitizer_options.c. */
static void make_reports(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/reports", system_build);
    if (mkdir(path, 0) != 0 && errno != EEXIST)
        err(EXIT_FAILURE, "%s", path);
    if (chmod(path, 01777) != 0 && access(path, W_OK) != 0) /* another user's, from a run before */
        err(EXIT_FAILURE, "%s", path);
}

void system_read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    const size_t length = file == NULL ? 0 : fread(text, 1, size - 1, file);
    text[length] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Prints and removes what sanitizers found in any program of the test. */
static bool sanitizers_found_nothing(void)
{
    static char text[16384];
    glob_t reports;
    snprintf(text, sizeof text, "%s/reports/*", system_build);
    if (glob(text, 0, NULL, &reports) != 0)
        return true;
    for (size_t i = 0; i < reports.gl_pathc; i++) {
        system_read_file(reports.gl_pathv[i], text, sizeof text);
        print_error("%s\n", text);
        unlink(reports.gl_pathv[i]);
    }
    globfree(&reports);
    return false;
}

int system_teardown(void **state)
{
    (void)state;
    bool is_clean = sanitizers_found_nothing();
    if (!run_left_nothing()) {
        print_error("a process is left\n");
        kill(-1, SIGKILL); /* all others of the sandbox: it is not the next test's fault */
        run_left_nothing();
        is_clean = false;
    }
    return is_clean ? 0 : -1;
}

/* NULL-terminated; all tests where it is empty. */
static char **patterns;

static int run_all(void *unused)
{
    static int (*const groups[])(void) = {
        run_scenario_tests,
        run_start_tests,
        run_surroundings_tests,
        run_failure_tests,
        run_request_tests,
        run_policy_file_tests,
        run_library_tests,
        run_sequence_tests,
        run_program_tests,
        run_install_tests,
        run_upgrade_tests,
        run_package_tests,
        run_release_before_tests,
        run_launcher_tests,
        run_launcher_user_tests,
        run_word_tests,
        run_keyring_tests,
        run_listen_tests,
        run_completion_tests,
        run_resident_tests,
        run_resident_others_tests,
        run_doctor_tests,
        run_doctor_helper_tests,
        run_doctor_process_tests,
        run_doctor_port_tests,
        run_doctor_report_tests,
        run_policy_question_tests,
        run_readme_tests,
        run_example_tests,
        run_supervisor_tests,
        run_supervision_race_tests,
        run_supervised_process_tests,
        run_refused_supervision_tests,
        run_stale_tests,
        run_window_tests,
        run_stream_log_tests,
        run_proxy_tests,
        run_proxy_end_tests,
        run_proxy_inherit_tests,
        run_terminal_tests,
        run_call_tests,
        run_caller_tests,
        run_number_tests,
        run_attack_tests,
        run_running_attack_tests,
        run_socket_attack_tests,
        run_identity_attack_tests,
        run_foreign_tests,
        run_queued_tests,
        run_squatter_tests,
        run_resident_attack_tests,
        run_hostile_tests,
        run_inject_tests,
        run_error_tests,
        run_rare_tests,
        run_set_capability_tests,
        run_descriptor_tests,
        run_obstacle_tests,
        run_advice_tests,
        run_soak_tests,
    };
    int failures = 0;
    (void)unused;
    make_reports();
    system_copy_built("host", HOST);
    if (getenv("PRIVBIND_VALGRIND") != NULL)
        return run_valgrind_tests() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    do {
        cmocka_set_test_filter(*patterns);
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
            failures += groups[i]();
    } while (*patterns != NULL && *++patterns != NULL);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        errx(2, "usage: system BUILD-DIRECTORY [TEST-PATTERN]...");
    char *build = realpath(argv[1], NULL);
    if (build == NULL)
        err(2, "%s", argv[1]);
    system_build = build;
    patterns = argv + 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int status = sandbox_run(system_build, run_all, NULL);
    if (status != SANDBOX_UNAVAILABLE)
        return status;
    puts("CANNOT RUN system: no sandbox here; it needs " SANDBOX_NEEDS);
    return system_must_work() ? EXIT_FAILURE : EXIT_SUCCESS;
}
