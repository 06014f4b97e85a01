/* SPDX-License-Identifier: MIT */
/* Where the program runs: process 1, a chroot, without /dev or /proc. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHROOT SANDBOX_DIR "/chroot"

static void compare_some(void (*as_root)(void))
{
    static const char *const scenarios[] = {
        "ipv4_any__bound",
        "port_taken__EADDRINUSE",
        "standard_descriptors_closed__bound",
        "everything_closed__bound",
        "environment_cleared__bound",
        "forked_grandchild_daemon__bound",
        "sixteen_threads_at_once__all_bound",
        "sigchld__never_sent",
        "wait_for_any__ECHILD",
        "own_child__still_there_to_wait_for",
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        system_compare(HOST, SANDBOX_LIBRARY, scenarios[i], as_root);
}

static void process_1__as_the_kernel(void **state)
{
    compare_some(system_become_process_1);
}

static void enter_chroot(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("/", CHROOT, NULL, MS_BIND | MS_REC, NULL) != 0 ||
        chroot(CHROOT) != 0 || chdir("/tmp") != 0)
        err(EXIT_FAILURE, "chroot");
}

static void chroot__as_the_kernel(void **state)
{
    mkdir(CHROOT, 0755);
    compare_some(enter_chroot);
}

static void hide(const char *directory)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("tmpfs", directory, "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, "%s", directory);
}

static void hide_dev(void)
{
    hide("/dev");
}

/* libc opens /dev/null for closed standard descriptors when a program gains privilege. */
static void no_dev__as_the_kernel(void **state)
{
    compare_some(hide_dev);
}

static void hide_proc(void)
{
    hide("/proc");
}

static void no_proc__as_the_kernel(void **state)
{
    cannot_run_sanitized("it reads /proc when it starts");
    compare_some(hide_proc);
}

static void forget_working_directory(void)
{
    if (mkdir(SANDBOX_DIR "/gone", 0700) != 0 || chdir(SANDBOX_DIR "/gone") != 0 ||
        rmdir(SANDBOX_DIR "/gone") != 0)
        err(EXIT_FAILURE, "chdir");
}

static void working_directory_forbidden_and_gone__as_the_kernel(void **state)
{
    compare_some(forget_working_directory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_surroundings_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(process_1__as_the_kernel),
        TEST(chroot__as_the_kernel),
        TEST(no_dev__as_the_kernel),
        TEST(no_proc__as_the_kernel),
        TEST(working_directory_forbidden_and_gone__as_the_kernel),
    };
    return cmocka_run_group_tests_name("surroundings", tests, NULL, NULL);
}
