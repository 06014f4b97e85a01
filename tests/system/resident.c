/* SPDX-License-Identifier: MIT */
/* privbind -u: the resident helper binds, and nothing else about the command changes. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/scenarios.h"

#define NO_HELPER "PRIVBIND_HELPER=/nonexistent" /* so that none but the resident one can bind */
#define ANY UINT32_MAX

static const char *const environment[] = {NO_HELPER, NULL};

static const struct run_result *run_resident_after(const char *what, const char *scenario,
                                                   void (*as_root)(void))
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", what, HOST, scenario, NULL};
    return run(&(struct run){
        .argv = argv, .environment = environment, .stays_root = true, .as_root = as_root});
}

static const struct run_result *run_resident(const char *scenario)
{
    return run_resident_after("tcp 80", scenario, NULL);
}

static void compare(const char *scenario, void (*as_root)(void))
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", "any", "--", HOST,
                                scenario,         NULL};
    system_compare_run(
        HOST, scenario, NULL,
        &(struct run){
            .argv = argv, .environment = environment, .stays_root = true, .as_root = as_root});
}

static void as_a_capable_process(void **state)
{
    compare(*state, NULL);
}

static void set_no_new_privs(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        err(EXIT_FAILURE, "no_new_privs");
}

/* As a container with --cap-drop=all --cap-add=NET_BIND_SERVICE,SETUID,SETGID. */
static void keep_three_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {{0}};
    const unsigned three = 1u << CAP_NET_BIND_SERVICE | 1u << CAP_SETUID | 1u << CAP_SETGID;
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        if (capability > 31 || (three & 1u << capability) == 0)
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    sets[0].permitted = sets[0].effective = three;
    if (syscall(SYS_capset, &header, sets) != 0)
        err(EXIT_FAILURE, "capset");
}

/* With this first argument, or with any where that is ANY. */
static void forbid(long call, uint32_t argument, unsigned error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, argument == ANY ? 0 : 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(EXIT_FAILURE, "seccomp");
}

/* As a kernel before 5.3. */
static void forbid_pidfd_open(void)
{
    forbid(SYS_pidfd_open, ANY, ENOSYS);
}

static void forbid_each_way_to_hear_of_the_end(void)
{
    forbid(SYS_prctl, PR_SET_PDEATHSIG, EPERM);
    forbid_pidfd_open();
}

static void end_cannot_be_heard_of__not_started(void **state)
{
    const struct run_result *result =
        run_resident_after("any", "ipv4_any__bound", forbid_each_way_to_hear_of_the_end);
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "could not be made to end with the command");
}

static void surroundings__as_the_kernel(void **state)
{
    static void (*const surroundings[])(void) = {system_become_process_1, set_no_new_privs,
                                                 keep_three_capabilities, forbid_pidfd_open};
    static const char *const scenarios[] = {
        "ipv4_any__bound",      "everything_closed__bound", "forked_grandchild_daemon__bound",
        "wait_for_any__ECHILD", "sigchld__never_sent",
    };
    for (size_t i = 0; i < sizeof surroundings / sizeof surroundings[0]; i++) {
        for (size_t j = 0; j < sizeof scenarios / sizeof scenarios[0]; j++)
            compare(scenarios[j], surroundings[i]);
    }
}

static void other_port__refused_with_the_option_that_allows_it(void **state)
{
    const struct run_result *result = run_resident_after("udp 80", "ipv4_any__bound", NULL);
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
    assert_string_equal(result->standard_error,
                        "privbind: tcp 0.0.0.0:80: no rule allows user target (uid " TARGET_ID
                        ") tcp 80: "
                        "privbind -a 'udp 80' allows that port, but not for tcp; if the program "
                        "needs that protocol, add -a 'tcp 80'\n");
}

static void without_a__policy_file_decides(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", HOST, "ipv4_any__bound", NULL};
    const struct run started = {.argv = argv, .environment = environment, .stays_root = true};
    sandbox_policy("deny user target tcp 80\nallow anyone any\n");
    assert_contains(run(&started)->standard_error,
                    PRIVBIND_CONF ":1 denies it to user target (uid " TARGET_ID ")");
    sandbox_policy("allow group servers tcp 80\n");
    assert_contains(run(&started)->standard_output, "0.0.0.0: ok\n");
}

/* It is asked in the place of the resident helper, and by another policy. */
static void resident_killed__privbind_helper_takes_its_place(void **state)
{
    static const char *const with_helper[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target",          "-a",
                                "tcp 80",         HOST, "resident_killed", NULL};
    const struct run started = {.argv = argv, .environment = with_helper, .stays_root = true};
    assert_string_equal(run(&started)->standard_output, "bind: ok\n");
    sandbox_policy("");
    const struct run_result *result = run(&started);
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_contains(result->standard_error,
                    ": (cannot reach the helper of privbind -u) no rule allows");
}

static void resident_stopped__EACCES_in_time(void **state)
{
    const struct run_result *result = run_resident("resident_stopped");
    assert_string_equal(result->standard_output, "stopped: errno 13\ncontinued: ok\n");
    assert_contains(result->standard_error, "no answer in time from @privbind-");
    assert_true(run_took_less(result, 5));
}

static void thousand_silent_clients__others_are_served(void **state)
{
    const struct run_result *result = run_resident("silent_clients");
    assert_string_equal(result->standard_output, "silent: 200\nbind: ok\nsilent: 800\nbind: ok\n");
    assert_true(run_took_less(result, 3));
}

static void silent_clients__have_a_time_each_and_take_none(void **state)
{
    assert_string_equal(run_resident("three_silent_clients")->standard_output,
                        "busy: 0\nsecond: 0\nlet go: 1\nbusy alone: 0\n");
}

static void malformed_requests__refused_and_others_served(void **state)
{
    assert_string_equal(run_resident("malformed_requests")->standard_output,
                        "short: 13\nlong: 13\nother version: 13\nno descriptor: 13\n"
                        "two descriptors: 13\nmany descriptors: 13\nnot a socket: 13\n"
                        "name: 0.0.0.0 port 0 scope 0 flow 0 length 16\nin order: 0\n"
                        "name: 0.0.0.0 port 80 scope 0 flow 0 length 16\n");
}

/* The resident helper is outside of that sandbox, and the policy allows the port. */
static void sandboxed_bind_of_another_port__refused(void **state)
{
    const struct run_result *result = run_resident_after("any", "sandboxed_bind__EACCES", NULL);
    assert_string_equal(result->standard_output, "bind: errno 13\n");
    assert_contains(result->standard_error,
                    "tcp 0.0.0.0:8080: this port needs no privilege; a sandbox forbids the bind");
}

static void client_hung_up__not_bound(void **state)
{
    assert_string_equal(run_resident("client_hangs_up")->standard_output,
                        "sent: ok\nnext: ok\nname: 0.0.0.0 port 0 scope 0 flow 0 length 16\n");
}

static void resident__holds_one_capability_and_is_untouchable(void **state)
{
    const char *seen = run_resident("resident_as_seen")->standard_output;
    assert_contains(seen, "Uid:\t" FOUR(TARGET_ID) "Gid:\t" FOUR(
                              TARGET_ID) "CapInh:\t0000000000000000\nCapPrm:\t0000000000000400\n"
                                         "CapEff:\t0000000000000000\n");
    assert_contains(seen, "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
    assert_contains(seen, "parent is this process: 1\nptrace: errno 1\nmemory: errno 13\n"
                          "descriptors: errno 13\n");
}

static rlim_t descriptors;

static void limit_descriptors(void)
{
    const struct rlimit limit = {descriptors, descriptors};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        err(EXIT_FAILURE, "RLIMIT_NOFILE");
}

/* Whether it works or not: nothing may stay, and a failure is told. */
static void few_descriptors__nothing_left(void **state)
{
    for (descriptors = 3; descriptors < 16; descriptors++) {
        const struct run_result *result =
            run_resident_after("tcp 80", "ipv4_any__bound", limit_descriptors);
        if (result->status == 0)
            assert_contains(result->standard_output, "0.0.0.0: ok\n");
        else
            assert_contains(result->standard_error, "privbind: ");
        assert_true(run_left_nothing());
    }
}

static void thirty_children_and_few_descriptors__all_bound(void **state)
{
    descriptors = 40;
    assert_string_equal(
        run_resident_after("any", "thirty_children_at_once", limit_descriptors)->standard_output,
        "bound: 30\n");
}

/* Whoever adopts orphans may be a program that reaps none. */
static void command_cannot_be_executed__helper_is_gone_first(void **state)
{
    const char *const script = SANDBOX_DIR "/no-interpreter";
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", "any", script, NULL};
    sandbox_write_file(script, "#!/nonexistent\n");
    assert_int_equal(chmod(script, 0755), 0);
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true});
    assert_int_equal(WEXITSTATUS(result->status), 126);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | (int)__WALL), -1);
    assert_int_equal(errno, ECHILD);
}

/* The library does not turn to privbind-helper then, so the doctor must not either. */
static void doctor_with_stopped_resident__FAIL(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER,
                                "-u",
                                "target",
                                "/bin/sh",
                                "-c",
                                HOST " resident_stop; " SANDBOX_LAUNCHER
                                     " --check 80/tcp; echo status $?; " HOST " resident_continue",
                                NULL};
    const char *output =
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true})
            ->standard_output;
    assert_contains(
        output,
        "\nFAIL  helper: the resident helper of privbind -u does not answer; is it stopped? ");
    assert_contains(output, "FAIL  bind: ");
    assert_contains(output, "\nstatus 1\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

static void resident_helper__needs_another_user(void **state)
{
    cannot_run("an ordinary user's namespace has one uid only: privbind -u has none to become");
}

int run_resident_tests(void)
{
    const struct CMUnitTest none[] = {TEST(resident_helper__needs_another_user)};
    const struct CMUnitTest tests[] = {
        TEST(surroundings__as_the_kernel),
        TEST(other_port__refused_with_the_option_that_allows_it),
        TEST(without_a__policy_file_decides),
        TEST(resident_killed__privbind_helper_takes_its_place),
        TEST(resident_stopped__EACCES_in_time),
        TEST(thousand_silent_clients__others_are_served),
        TEST(silent_clients__have_a_time_each_and_take_none),
        TEST(malformed_requests__refused_and_others_served),
        TEST(sandboxed_bind_of_another_port__refused),
        TEST(client_hung_up__not_bound),
        TEST(resident__holds_one_capability_and_is_untouchable),
        TEST(doctor_with_stopped_resident__FAIL),
        TEST(end_cannot_be_heard_of__not_started),
        TEST(few_descriptors__nothing_left),
        TEST(command_cannot_be_executed__helper_is_gone_first),
        TEST(thirty_children_and_few_descriptors__all_bound),
#define SCENARIO(name)                                                                             \
    {"resident_" #name, as_a_capable_process, system_setup, system_teardown,                       \
     (void *)(uintptr_t) #name},
        ADDRESS_SCENARIOS SOCKET_SCENARIOS STATE_SCENARIOS CALLER_SCENARIOS TRACE_SCENARIOS
#undef SCENARIO
    };
    if (sandbox_is_user_namespace())
        return cmocka_run_group_tests_name("the resident helper", none, NULL, NULL);
    return cmocka_run_group_tests_name("the resident helper", tests, NULL, NULL);
}
