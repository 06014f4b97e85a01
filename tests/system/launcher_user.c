/* SPDX-License-Identifier: MIT */
/* privbind -u: who the command is. */
#include "launcher.h"

#include <err.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What of /proc/self/status tells who a process is. */
#define WHO                                                                                        \
    "grep", "-E", "^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs):", "/proc/self/status"
#define NO_CAPABILITY                                                                              \
    "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"            \
    "CapAmb:\t0000000000000000\n"

static void user__has_its_ids_and_groups_and_no_capability(void **state)
{
    need_root();
    assert_string_equal(ROOT_PRIVBIND("-u", "target", WHO)->standard_output,
                        "Uid:\t" FOUR(TARGET_ID) "Gid:\t" FOUR(TARGET_ID) "Groups:\t" TARGET_ID
                                                                          " 4243 \n" NO_CAPABILITY
                                                                          "NoNewPrivs:\t0\n");
    assert_string_equal(ROOT_PRIVBIND("-u", "target:servers", WHO)->standard_output,
                        "Uid:\t" FOUR(TARGET_ID) "Gid:\t" FOUR(
                            "4243") "Groups:\t4243 \n" NO_CAPABILITY "NoNewPrivs:\t0\n");
    assert_string_equal(ROOT_PRIVBIND("-u", "target:0", WHO)->standard_output,
                        "Uid:\t" FOUR(TARGET_ID) "Gid:\t" FOUR(
                            "0") "Groups:\t0 4243 \n" NO_CAPABILITY "NoNewPrivs:\t0\n");
    assert_string_equal(ROOT_PRIVBIND("-u", "1000", "--no-new-privs", WHO)->standard_output,
                        "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n"
                        "Groups:\t1000 \n" NO_CAPABILITY "NoNewPrivs:\t1\n");
}

static void user__finds_its_own_home(void **state)
{
    static const char *const show = "echo $HOME $USER $LOGNAME";
    need_root();
    sandbox_write_file("/etc/passwd",
                       "root:x:0:0::/root:/bin/sh\n"
                       "target:x:" TARGET_ID ":" TARGET_ID ":A, B:/home/target:/bin/sh\n");
    assert_string_equal(ROOT_PRIVBIND("-u", TARGET_ID, "sh", "-c", show)->standard_output,
                        "/home/target target target\n");
    assert_string_equal(ROOT_PRIVBIND("-u", "1000", "sh", "-c", show)->standard_output, "/\n");
    sandbox_names();
}

static void user_with_no_new_privs__bound(void **state)
{
    need_root();
    sandbox_policy("");
    assert_contains(ROOT_PRIVBIND("-u", "1000:5", "-a", "udp 53", "-a", "tcp 80", "--no-new-privs",
                                  HOST, "ipv4_any__bound")
                        ->standard_output,
                    "0.0.0.0: ok\n");
}

static void drop_capability(int capability)
{
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
        err(EXIT_FAILURE, "bounding set");
}

static void drop_net_bind_service(void)
{
    drop_capability(CAP_NET_BIND_SERVICE);
}

static void drop_setuid(void)
{
    drop_capability(CAP_SETUID);
}

static void drop_setgid(void)
{
    drop_capability(CAP_SETGID);
}

static void root_without_a_capability__nothing_executed(void **state)
{
    static const struct {
        void (*drop)(void);
        const char *message;
    } cases[] = {
        {drop_net_bind_service, "root here has no CAP_NET_BIND_SERVICE (container: --cap-add "},
        {drop_setuid, "cannot set the user id: Operation not permitted; root here lacks CAP_SET"},
        {drop_setgid, "cannot set the groups: Operation not permitted; root here lacks CAP_SET"},
    };
    need_root();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const argv[] = {SANDBOX_LAUNCHER, "-u",       "target",
                                    "/bin/echo",      "executed", NULL};
        const struct run_result *result =
            run(&(struct run){.argv = argv, .stays_root = true, .as_root = cases[i].drop});
        assert_int_equal(WEXITSTATUS(result->status), 125);
        assert_contains(result->standard_error, "privbind: -u target: ");
        assert_contains(result->standard_error, cases[i].message);
        assert_string_equal(result->standard_output, "");
    }
}

static void close_standard_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        close(fd);
}

static void standard_descriptors_closed__stay_closed(void **state)
{
    need_root();
    const char *const argv[] = {
        SANDBOX_LAUNCHER,
        "-u",
        "target",
        "-a",
        "80",
        "/bin/sh",
        "-c",
        "exec 4>/tmp/privbind-closed; for n in 0 1 2; do [ -e /proc/self/fd/$n ] && echo $n >&4; "
        "done; exec 1>&4; exec " HOST " ipv4_any__bound",
        NULL};
    unlink("/tmp/privbind-closed");
    run(&(struct run){.argv = argv, .stays_root = true, .as_target = close_standard_descriptors});
    char text[256] = "";
    FILE *file = fopen("/tmp/privbind-closed", "re");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    unlink("/tmp/privbind-closed");
    assert_string_equal(text, "0.0.0.0: ok\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_launcher_user_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(user__has_its_ids_and_groups_and_no_capability),
        TEST(user__finds_its_own_home),
        TEST(user_with_no_new_privs__bound),
        TEST(root_without_a_capability__nothing_executed),
        TEST(standard_descriptors_closed__stay_closed),
    };
    return cmocka_run_group_tests_name("the launcher: users", tests, NULL, NULL);
}
