/* privbind -m seccomp: a static program binds by itself, and nobody can tell it from a capable one.
 */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/scenarios.h"

#define STATIC_HOST SANDBOX_DIR "/host-static"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
static const char *const quiet[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_QUIET=1", NULL};

static const struct run_result *supervised(const char *scenario)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, scenario, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

/*
 * As the manual says: the command has no_new_privs and a signal for its supervisor's death set, and
 * where a handler is installed without SA_RESTART its signal may interrupt a bind.
 */
static bool may_differ(const char *scenario)
{
    return strcmp(scenario, "parent_death_signal__unchanged") == 0 ||
           strcmp(scenario, "timer_1khz__bound") == 0;
}

static void as_a_capable_process(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, *state, NULL};
    if (may_differ(*state)) {
        assert_contains(supervised(*state)->standard_output, "bind: ok\n");
        return;
    }
    system_compare_run(STATIC_HOST, *state, NULL,
                       &(struct run){.argv = argv, .environment = environment});
}

static void as_root_with_u__bound_as_the_user(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    const char *const argv[] = {
        SANDBOX_LAUNCHER,  "-u", "target", "-a", "tcp 80", "--", STATIC_HOST,
        "ipv4_any__bound", NULL};
    static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
    sandbox_policy("");
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = no_helper, .stays_root = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void as_root_without_u__not_supervised(void **state)
{
    static const char *const debug[] = {"PRIVBIND_HELPER=/nonexistent", "PRIVBIND_DEBUG=1", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = debug, .stays_root = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error,
                        "privbind: " STATIC_HOST ": the library is preloaded: for what it starts; "
                        "it binds by itself, with CAP_NET_BIND_SERVICE\n");
}

static void give_up_what_root_has(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[2] = {{0}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capset, &header, none) != 0)
        err(EXIT_FAILURE, "capset");
}

/* The bounding set has all of it still. */
static void as_root_without_a_capability__told_why(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv,
                                                        .environment = environment,
                                                        .stays_root = true,
                                                        .as_root = give_up_what_root_has});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "this process has no_new_privs set");
}

static void with_an_ambient_capability__not_supervised(void **state)
{
    static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = no_helper, .capable = true});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void forbidden_port__EACCES_and_one_line(void **state)
{
    char expected[256];
    snprintf(expected, sizeof expected,
             "privbind: tcp 0.0.0.0:80: no rule allows user %s (uid %u); add to " PRIVBIND_CONF
             ": allow user %s tcp 80\n",
             sandbox_user(), sandbox_uid(), sandbox_user());
    sandbox_policy("allow anyone tcp 81\n");
    const struct run_result *result = supervised("ipv4_any__bound");
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_string_equal(result->standard_error, expected);
}

static void address_rewritten__forbidden_port_never_bound(void **state)
{
    sandbox_policy("allow anyone tcp 80\n");
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "address_rewritten_by_a_thread",
                                NULL};
    const char *const chosen = getenv("PRIVBIND_RACES");
    char races[64];
    snprintf(races, sizeof races, "PRIVBIND_RACES=%s", chosen == NULL ? "100000" : chosen);
    const char *const variables[] = {quiet[0], quiet[1], races, NULL};
    assert_string_equal(run(&(struct run){.argv = argv, .environment = variables})->standard_output,
                        "some bound, some not\nforbidden: 0\n");
}

static void descriptor_replaced__every_call_ends(void **state)
{
    assert_string_equal(supervised("descriptor_replaced_by_a_thread")->standard_output,
                        "other errors: 0\n");
}

static void signal_storm__two_thousand_binds(void **state)
{
    assert_string_equal(supervised("two_thousand_binds_in_a_signal_storm")->standard_output,
                        "bound: 2000\n");
}

/* As before Linux 5.19. */
static void forbid_wait_killable(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1 << 5, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void signal_storm_on_old_kernel__two_thousand_binds(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST,
                                "two_thousand_binds_in_a_signal_storm", NULL};
    assert_string_equal(run(&(struct run){.argv = argv,
                                          .environment = environment,
                                          .as_root = forbid_wait_killable})
                            ->standard_output,
                        "bound: 2000\n");
}

static void killed_in_the_middle__others_are_served(void **state)
{
    assert_string_equal(supervised("killed_in_the_middle")->standard_output, "bind: ok\n");
}

/* As before Linux 6.9, and as where a container's profile forbids process_vm_readv(2). */
static void forbid_new_ways(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_EXCL, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void killed_in_the_middle_by_old_ways__nothing_said(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "killed_in_the_middle", NULL};
    for (int i = 0; i < 10; i++) {
        const struct run_result *result = run(
            &(struct run){.argv = argv, .environment = environment, .as_root = forbid_new_ways});
        assert_string_equal(result->standard_output, "bind: ok\n");
        assert_string_equal(result->standard_error, "");
    }
}

static void daemon__served_until_it_ends(void **state)
{
    const struct run_result *result = supervised("daemon_binds_after_its_parent");
    assert_string_equal(result->standard_output, "daemon: ok\n");
    assert_int_equal(WEXITSTATUS(result->status), 5); /* the command's own */
}

static void x32__served_or_unknown_to_the_kernel(void **state)
{
    const char *output = supervised("other_numbers_of_bind")->standard_output;
    if (strcmp(output, "x32: errno 38\n") != 0)
        assert_string_equal(output, "x32: ok\n");
}

static void static_host_with_32_bits__bound_by_bind_and_socketcall(void **state)
{
    char built[4096];
    snprintf(built, sizeof built, "%s/32/tests/host-static", system_build);
    if (access(built, R_OK) != 0)
        cannot_run("the compiler cannot build with -m32 (Debian: gcc-multilib)");
    sandbox_copy_file(built, SANDBOX_DIR "/host-static-32");
    const char *const argv[] = {SANDBOX_LAUNCHER, SANDBOX_DIR "/host-static-32",
                                "other_numbers_of_bind", NULL};
    assert_string_equal(
        run(&(struct run){.argv = argv, .environment = environment})->standard_output,
        "own: ok\nsocketcall: ok\n");
}

static const struct run_result *shell(const char *script)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "/bin/sh", "-c", script, NULL};
    return run(&(struct run){.argv = argv, .environment = environment});
}

static void exit_status_and_death__as_the_command(void **state)
{
    assert_int_equal(WEXITSTATUS(shell("exit 7")->status), 7);
    assert_int_equal(WTERMSIG(shell("kill -TERM $$")->status), SIGTERM);
    assert_int_equal(WTERMSIG(shell("kill -SEGV $$")->status), SIGSEGV);
    assert_int_equal(WTERMSIG(shell("kill -KILL $$")->status), SIGKILL);
}

static pid_t start_supervised(const char *command, const char *argument, int *output)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(channel[1], STDOUT_FILENO);
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", command, argument, NULL, environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(channel[1]);
    *output = channel[0];
    return pid;
}

static void signals__passed_on(void **state)
{
    static const int sent[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGINT, SIGCONT, SIGTERM};
    int output, status;
    char line[64], expected[64];
    pid_t pid = start_supervised(STATIC_HOST, "signals_received", &output);
    FILE *lines = fdopen(output, "r");
    assert_non_null(fgets(line, sizeof line, lines));
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        kill(pid, sent[i]);
        snprintf(expected, sizeof expected, "signal: %d\n", sent[i]);
        assert_non_null(fgets(line, sizeof line, lines));
        assert_string_equal(line, expected);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    fclose(lines);
}

/* A terminal of one's own, with the launcher as the job in front. Returns -1 if there is none. */
static pid_t start_on_terminal(int *terminal)
{
    *terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*terminal < 0 || grantpt(*terminal) != 0 || unlockpt(*terminal) != 0)
        return -1;
    const char *name = ptsname(*terminal);
    fflush(NULL);
    pid_t session = fork();
    if (session != 0)
        return session;
    setsid();
    int slave = open(name, O_RDWR);
    ioctl(slave, TIOCSCTTY, 0);
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, getpid());
        signal(SIGTTOU, SIG_DFL);
        sandbox_become_target(false);
        execle(SANDBOX_LAUNCHER, "privbind", "-m", "seccomp", "/bin/sleep", "60", NULL,
               environment);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    /* As a shell does: waits for the stop, continues the job, waits for its end. */
    int stopped = 0, ended = 0;
    waitpid(job, &stopped, WUNTRACED);
    kill(-job, SIGCONT);
    usleep(100000);
    dprintf(slave, "stopped %d\n", WIFSTOPPED(stopped));
    waitpid(job, &ended, 0);
    _exit(WIFSTOPPED(stopped) && WIFSIGNALED(ended) ? WTERMSIG(ended) : 99);
}

static void job_control__stops_continues_and_is_interrupted(void **state)
{
    int terminal, status;
    char text[256] = "";
    size_t used = 0;
    pid_t session = start_on_terminal(&terminal);
    if (session < 0)
        cannot_run("no pseudo-terminal (/dev/ptmx, devpts)");
    usleep(500000); /* until sleep runs */
    if (write(terminal, "\032", 1) != 1)
        err(EXIT_FAILURE, "terminal");
    while (strstr(text, "stopped 1") == NULL) {
        ssize_t count = read(terminal, text + used, sizeof text - 1 - used);
        assert_true(count > 0);
        used += (size_t)count;
    }
    if (write(terminal, "\003", 1) != 1)
        err(EXIT_FAILURE, "terminal");
    waitpid(session, &status, 0);
    assert_int_equal(WEXITSTATUS(status), SIGINT);
    close(terminal);
}

static void supervised_in_supervised__served_by_the_outer(void **state)
{
    const struct run_result *result =
        shell("PRIVBIND_DEBUG=1 exec " SANDBOX_LAUNCHER " " STATIC_HOST " ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error,
                        "privbind: " STATIC_HOST ": supervised already, by the privbind above: "
                        "a static program\n");
}

static void doctor_in_supervised__says_who_binds(void **state)
{
    const struct run_result *result = shell("exec " SANDBOX_LAUNCHER " --check 80/tcp");
    assert_contains(result->standard_output, "\nnote  supervision: another privbind supervises ");
    assert_contains(result->standard_output, "80/tcp worked: by the privbind above\n");
}

/* As a container's manager may have one. */
static void install_foreign_listener(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {1, code};
    const long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0 || fcntl((int)listener, F_SETFD, 0) != 0)
        err(EXIT_FAILURE, "seccomp");
}

static void supervised_by_another__says_why(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "x", NULL};
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .as_root = install_foreign_listener});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error,
                    "privbind: cannot supervise the command by seccomp: another supervisor's "
                    "filter is there already");
}

static void undumpable_program__says_so_once(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("with one uid only, root's files cannot be told from others");
    const struct run_result *result = supervised("undumpable_bind");
    assert_string_equal(result->standard_output, "unprivileged: ok\nbind: errno 13\n");
    const char *line = "the program is undumpable (PR_SET_DUMPABLE, ";
    assert_contains(result->standard_error, line);
    assert_null(strstr(strstr(result->standard_error, line) + 1, line));
}

static void hide_devices(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("tmpfs", "/dev", "tmpfs", 0, NULL) != 0)
        err(EXIT_FAILURE, "/dev");
}

/* As below chroot(2). */
static void quiet_without_dev_null__bound(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, STATIC_HOST, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = quiet, .as_root = hide_devices});
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error, "");
}

static void supervisor_without_descriptors__says_so(void **state)
{
    const struct run_result *result = supervised("supervisor_without_descriptors");
    assert_string_equal(result->standard_output, "few: errno 13\nenough: ok\n");
    assert_contains(result->standard_error, "; raise ulimit -n\n");
}

static void supervisor_that_cannot_wait__ends_and_the_command_with_it(void **state)
{
    const struct run_result *result = supervised("supervisor_that_cannot_wait");
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "the supervisor has ended, and with it the command; ");
}

/* Without a socket for the system log nothing may be bound, whatever the command makes of it. */
static void command_refused__not_served_when_it_goes_on(void **state)
{
    static const struct {
        const char *scenario;
        bool bound;
    } cases[] = {{"served_by_hand", true}, {"refused_and_goes_on", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {STATIC_HOST, cases[i].scenario, NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = environment});
        assert_int_equal(strstr(result->standard_output, "bind: ok\n") != NULL, cases[i].bound);
    }
}

static void supervisor_unusable__nothing_executed(void **state)
{
    static const struct {
        const char *helper, *message;
    } cases[] = {
        {"PRIVBIND_HELPER=/nonexistent/helper",
         "is not installed: /nonexistent/privbind-supervisor; install privbind with it (make "},
        {"PRIVBIND_HELPER=" SANDBOX_DIR "/no-capability/privbind-helper",
         "privbind: cannot supervise the command: helper has no CAP_NET_BIND_SERVICE: the file "},
        {"PRIVBIND_HELPER=" SANDBOX_DIR "/no-x/privbind-helper",
         "no-x/privbind-supervisor: Permission denied; make it executable"},
    };
    mkdir(SANDBOX_DIR "/no-capability", 0755);
    sandbox_copy_file(SANDBOX_SUPERVISOR, SANDBOX_DIR "/no-capability/privbind-supervisor");
    mkdir(SANDBOX_DIR "/no-x", 0755);
    sandbox_write_file(SANDBOX_DIR "/no-x/privbind-supervisor", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-m",       "seccomp",
                                    "/bin/echo",      "executed", NULL};
        const char *const variables[] = {cases[i].helper, NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .environment = variables});
        assert_int_equal(WEXITSTATUS(result->status), 125);
        assert_contains(result->standard_error, cases[i].message);
        assert_string_equal(result->standard_output, "");
    }
}

static void command_that_cannot_be_executed__126_and_127(void **state)
{
    static const struct {
        const char *command;
        int status;
    } cases[] = {{"/nonexistent", 127}, {"/etc", 126}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", cases[i].command, NULL};
        assert_int_equal(
            WEXITSTATUS(run(&(struct run){.argv = argv, .environment = environment})->status),
            cases[i].status);
    }
}

static void mode_auto__chosen_by_the_file(void **state)
{
    static const char *const debug[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_DEBUG=1",
                                        "PATH=" SANDBOX_DIR ":/usr/bin:/bin", NULL};
    static const struct {
        const char *command, *line;
    } cases[] = {
        {HOST, ": the library is preloaded: LD_PRELOAD reaches it\n"},
        {"host", ": the library is preloaded: LD_PRELOAD reaches it\n"},
        {STATIC_HOST, ": supervised by seccomp: a static program\n"},
        {"host-static", ": supervised by seccomp: a static program\n"},
        {SANDBOX_DIR "/link", ": supervised by seccomp: a static program\n"},
        {SANDBOX_DIR "/script", ": supervised by seccomp: a static program\n"},
    };
    if (symlink("host-static", SANDBOX_DIR "/link") != 0)
        err(EXIT_FAILURE, "symlink");
    sandbox_write_file(SANDBOX_DIR "/script", "#! " SANDBOX_DIR "/link x\n");
    chmod(SANDBOX_DIR "/script", 0755);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, cases[i].command, NULL};
        assert_contains(run(&(struct run){.argv = argv, .environment = debug})->standard_error,
                        cases[i].line);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void supervision__needs_a_static_host(void **state)
{
    cannot_run_sanitized("there are no static programs");
}

int run_supervisor_tests(void)
{
    const struct CMUnitTest none[] = {TEST(supervision__needs_a_static_host)};
    const struct CMUnitTest tests[] = {
        TEST(as_root_with_u__bound_as_the_user),
        TEST(as_root_without_u__not_supervised),
        TEST(as_root_without_a_capability__told_why),
        TEST(with_an_ambient_capability__not_supervised),
        TEST(forbidden_port__EACCES_and_one_line),
        TEST(address_rewritten__forbidden_port_never_bound),
        TEST(descriptor_replaced__every_call_ends),
        TEST(signal_storm__two_thousand_binds),
        TEST(signal_storm_on_old_kernel__two_thousand_binds),
        TEST(killed_in_the_middle__others_are_served),
        TEST(killed_in_the_middle_by_old_ways__nothing_said),
        TEST(daemon__served_until_it_ends),
        TEST(x32__served_or_unknown_to_the_kernel),
        TEST(static_host_with_32_bits__bound_by_bind_and_socketcall),
        TEST(exit_status_and_death__as_the_command),
        TEST(signals__passed_on),
        TEST(job_control__stops_continues_and_is_interrupted),
        TEST(supervised_in_supervised__served_by_the_outer),
        TEST(doctor_in_supervised__says_who_binds),
        TEST(supervised_by_another__says_why),
        TEST(undumpable_program__says_so_once),
        TEST(quiet_without_dev_null__bound),
        TEST(supervisor_without_descriptors__says_so),
        TEST(supervisor_that_cannot_wait__ends_and_the_command_with_it),
        TEST(command_refused__not_served_when_it_goes_on),
        TEST(supervisor_unusable__nothing_executed),
        TEST(command_that_cannot_be_executed__126_and_127),
        TEST(mode_auto__chosen_by_the_file),
#define SCENARIO(name)                                                                             \
    {"supervised_" #name, as_a_capable_process, system_setup, system_teardown,                     \
     (void *)(uintptr_t) #name},
        ADDRESS_SCENARIOS SOCKET_SCENARIOS STATE_SCENARIOS CALLER_SCENARIOS TRACE_SCENARIOS
#undef SCENARIO
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    return cmocka_run_group_tests_name("supervision", none, NULL, NULL);
#else
    (void)none;
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("supervision", tests, NULL, NULL);
#endif
}
