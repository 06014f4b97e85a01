/* SPDX-License-Identifier: MIT */
/* set-capability, by which "make install" and packages give a file its capability. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TOOL SANDBOX_DIR "/set-capability"
#define PLACE SANDBOX_DIR "/place"
#define TEN "aaaaaaaaaa"
#define FIFTY TEN TEN TEN TEN TEN

static int set_up(void **state)
{
    char built[4096];
    const int result = system_setup(state);
    snprintf(built, sizeof built, "%s/set-capability", system_build);
    sandbox_copy_file(built, TOOL);
    if (mkdir(PLACE, 0755) != 0 && errno != EEXIST)
        err(EXIT_FAILURE, PLACE);
    return result;
}

static const struct run_result *set_capability(bool as_root, const char *from, const char *to)
{
    const char *const argv[] = {TOOL, from, to, NULL};
    return run(&(struct run){.argv = argv, .stays_root = as_root});
}

static void set_capability__says_what_is_wrong(void **state)
{
    static const struct {
        const char *from, *to;
        bool as_root;
        int status;
        const char *message;
    } cases[] = {
        {NULL, NULL, true, 2, "usage: set-capability FILE\n"},
        {"/no/file", NULL, true, 1, "set-capability: /no/file: "},
        {TOOL, NULL, false, 1, "/set-capability: run it as root: "},
        {"/no/file", PLACE "/new", true, 1, "set-capability: /no/file: "},
        {TOOL, "/no/directory/new", true, 1, "set-capability: /no/directory: "},
        {TOOL, PLACE "/" FIFTY FIFTY FIFTY FIFTY FIFTY TEN, true, 1, ": the name is too long\n"},
        {TOOL, PLACE "/new", false, 1, "new.new: run it as root: "},
        {PLACE, PLACE "/new", true, 1, "new.new: Is a directory\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_exits(set_capability(cases[i].as_root, cases[i].from, cases[i].to), cases[i].status,
                     cases[i].message);
    assert_int_equal(set_capability(true, TOOL, NULL)->status, 0);
}

static void directory_in_the_way__refused_and_nothing_left(void **state)
{
    if (mkdir(PLACE "/taken", 0755) != 0 || mkdir(PLACE "/half.new", 0755) != 0)
        err(EXIT_FAILURE, PLACE);
    assert_exits(set_capability(true, TOOL, PLACE "/taken"), 1, "taken: Is a directory\n");
    assert_int_equal(access(PLACE "/taken.new", F_OK), -1);
    assert_exits(set_capability(true, TOOL, PLACE "/half"), 1, "half.new: Is a directory\n");
}

static void assert_refused_on(const char *type, const char *options, const char *message)
{
    if (mount(type, PLACE, type, 0, options) != 0)
        cannot_run("there is no such file system here");
    const struct run_result *result = set_capability(true, TOOL, PLACE "/new");
    const bool is_left = access(PLACE "/new.new", F_OK) == 0;
    umount(PLACE);
    assert_exits(result, 1, message);
    assert_false(is_left);
}

static void file_system_full__refused_and_nothing_left(void **state)
{
    assert_refused_on("tmpfs", "size=8k", "new.new: No space left on device\n");
}

static void file_system_without_attributes__refused_and_nothing_left(void **state)
{
    assert_refused_on("ramfs", "", "new.new: its file system must have security attributes: ");
}

/* As in a container's image, and in a live system: the old file is in a layer below. */
static void file_of_a_lower_layer__replaced(void **state)
{
    static const char *const directories[] = {"/lower", "/upper", "/work", "/merged"};
    if (mount("tmpfs", PLACE, "tmpfs", 0, "mode=755") != 0)
        err(EXIT_FAILURE, PLACE);
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, PLACE "%s", directories[i]);
        if (mkdir(path, 0755) != 0)
            err(EXIT_FAILURE, "%s", path);
    }
    sandbox_copy_file(TOOL, PLACE "/lower/program");
    const bool is_overlay =
        mount("overlay", PLACE "/merged", "overlay", 0,
              "lowerdir=" PLACE "/lower,upperdir=" PLACE "/upper,workdir=" PLACE "/work") == 0;
    static struct run_result result;
    if (is_overlay)
        result = *set_capability(true, TOOL, PLACE "/merged/program");
    const bool has_capability =
        getxattr(PLACE "/merged/program", "security.capability", NULL, 0) > 0;
    umount(PLACE "/merged");
    umount(PLACE);
    if (!is_overlay)
        cannot_run("there is no overlayfs here");
    assert_string_equal(result.standard_error, "");
    assert_int_equal(result.status, 0);
    assert_true(has_capability);
}

/* Whoever made a hard link of either file keeps what nobody can execute. */
static void old_file_and_half_made_one__retired(void **state)
{
    static const char *const names[] = {PLACE "/program", PLACE "/program.new"};
    static const char *const kept[] = {PLACE "/kept", PLACE "/kept.new"};
    struct stat status;
    for (size_t i = 0; i < 2; i++) {
        sandbox_copy_file(TOOL, names[i]);
        if (link(names[i], kept[i]) != 0)
            err(EXIT_FAILURE, "%s", kept[i]);
    }
    assert_int_equal(set_capability(true, TOOL, names[0])->status, 0);
    assert_true(getxattr(names[0], "security.capability", NULL, 0) > 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stat(kept[i], &status), 0);
        assert_int_equal(status.st_mode & 0777, 0);
    }
}

/* Any user can lock a directory that they can read. */
static void directory_locked_by_another_user__installed_all_the_same(void **state)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        sandbox_become_target(false);
        const bool is_locked = flock(open(PLACE, O_RDONLY), LOCK_EX) == 0;
        if (write(ready[1], "", is_locked) < 0)
            err(EXIT_FAILURE, "pipe");
        close(ready[1]);
        for (;;)
            pause();
    }
    close(ready[1]);
    const bool is_locked = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    const int status = set_capability(true, TOOL, PLACE "/program")->status;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_true(is_locked);
    assert_int_equal(status, 0);
    assert_true(getxattr(PLACE "/program", "security.capability", NULL, 0) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, system_teardown)

int run_set_capability_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(set_capability__says_what_is_wrong),
        TEST(directory_in_the_way__refused_and_nothing_left),
        TEST(file_system_full__refused_and_nothing_left),
        TEST(file_system_without_attributes__refused_and_nothing_left),
        TEST(file_of_a_lower_layer__replaced),
        TEST(old_file_and_half_made_one__retired),
        TEST(directory_locked_by_another_user__installed_all_the_same),
    };
    return cmocka_run_group_tests_name("set-capability", tests, NULL, NULL);
}
