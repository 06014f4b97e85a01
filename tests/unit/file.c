/* SPDX-License-Identifier: MIT */
/* Whole files: where they are read to, and what cannot be read. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "policy/file.h"

#define SMALL 100
#define LARGE 1000000 /* more than policy/file.c has room for without a mapping */

static char path[64];
static int fd = -1;

/* A file of size bytes, each of them that byte; in place of the one before. */
static void make_file(off_t size, char byte)
{
    if (fd >= 0)
        close(fd);
    fd = memfd_create("file", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &byte, 1, 0), 1);
    assert_int_equal(ftruncate(fd, size), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
}

static struct span read_file(off_t size, char byte)
{
    struct span text;
    char error[REASON_MAX];
    make_file(size, byte);
    const int free_before = dup(fd);
    close(free_before);
    if (!file_read(path, &text, error))
        fail_msg("%s", error);
    const int free_after = dup(fd);
    close(free_after);
    assert_int_equal(free_before, free_after);
    assert_int_equal(text.length, size);
    assert_int_equal(text.at[0], byte);
    return text;
}

static void small_file_freed__its_memory_used_again(void **state)
{
    (void)state;
    const struct span first = read_file(SMALL, 'a');
    file_free(first);
    const struct span second = read_file(SMALL, 'b');
    assert_ptr_equal(first.at, second.at);
    file_free(second);
}

/* Where the next mapping will be differs: below an emulator it is elsewhere. */
static void large_file_freed__its_memory_given_back(void **state)
{
    int ends[2];
    (void)state;
    cannot_run_under_valgrind("to look at it is an error there");
    assert_int_equal(pipe(ends), 0);
    const struct span text = read_file(LARGE, 'a');
    assert_int_equal(write(ends[1], text.at, 1), 1);
    file_free(text);
    assert_int_equal(write(ends[1], text.at, 1), -1);
    assert_int_equal(errno, EFAULT);
    close(ends[0]);
    close(ends[1]);
}

static void freed_in_another_order__the_later_file_stays(void **state)
{
    (void)state;
    const struct span first = read_file(SMALL, 'a');
    const struct span second = read_file(SMALL, 'b');
    file_free(first);
    const struct span third = read_file(SMALL, 'c');
    assert_int_equal(second.at[0], 'b');
    file_free(third);
    file_free(second);
}

static void assert_cannot_read(const char *name, const char *reason)
{
    struct span text;
    char error[REASON_MAX];
    assert_false(file_read(name, &text, error));
    assert_string_equal(error, reason);
}

static void what_cannot_be_read__said(void **state)
{
    static char long_name[5000];
    (void)state;
    memset(long_name, 'a', sizeof long_name - 1);
    assert_cannot_read(long_name, "cannot be opened: File name too long");
    assert_cannot_read("/no/file", "does not exist");
    assert_int_equal(errno, ENOENT);
    assert_cannot_read("/", "is not a regular file");
    assert_int_equal(errno, 0);
    assert_cannot_read("/proc/self/mem", "cannot be read: Input/output error");
    /* Of the kernel's files: their size is 0, so they have grown. */
    assert_cannot_read("/proc/version", "cannot be read: Resource temporarily unavailable");
}

static void larger_than_memory__said(void **state)
{
    (void)state;
    cannot_run_under_valgrind("its mmap has another errno");
    make_file(sizeof(size_t) > 4 ? (off_t)1 << 62 : (off_t)(UINT32_MAX - 4096), 'a');
    assert_cannot_read(path, "cannot be read: Cannot allocate memory");
}

static void too_many_descriptors__said(void **state)
{
    struct rlimit before;
    struct span text;
    char error[REASON_MAX];
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const bool is_read = file_read("/etc/passwd", &text, error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(is_read);
    assert_string_equal(error, "cannot be opened: too many open files; raise ulimit -n");
}

static void names__loaded_once_and_empty_without_a_file(void **state)
{
    struct id_file names = {0};
    (void)state;
    assert_true(file_load_names(&names, "/no/file"));
    assert_true(names.loaded);
    assert_int_equal(names.text.length, 0);
    names = (struct id_file){0};
    assert_false(file_load_names(&names, "/"));
    assert_false(names.loaded);
    make_file(SMALL, 'a');
    assert_true(file_load_names(&names, path));
    assert_true(names.loaded);
    assert_int_equal(names.text.length, SMALL);
    file_free(names.text);
}

static void reading_fails__memory_used_again(void **state)
{
    (void)state;
    const struct span first = read_file(SMALL, 'a');
    file_free(first);
    assert_cannot_read("/proc/version", "cannot be read: Resource temporarily unavailable");
    const struct span second = read_file(SMALL, 'b');
    assert_ptr_equal(first.at, second.at);
    file_free(second);
}

static void an_old_errno__does_not_matter(void **state)
{
    static const int errors[] = {ENOENT, EACCES, EMFILE};
    struct span text;
    char error[REASON_MAX];
    (void)state;
    make_file(SMALL, 'a');
    for (size_t i = 0; i < COUNT(errors); i++) {
        errno = errors[i];
        assert_true(file_read(path, &text, error));
        file_free(text);
    }
}

/* A name that was cut short would be that of another directory. */
static void directory_with_a_long_name__not_trusted(void **state)
{
    struct span text;
    char long_path[301] = "", error[REASON_MAX];
    (void)state;
    while (strlen(long_path) < sizeof long_path - 16)
        strcat(long_path, "/etc/..");
    strcat(long_path, "/etc/passwd");
    assert_false(file_read_trusted(long_path, &text, error));
    assert_string_equal(error, "is in a directory that cannot be examined: "
                               "No such file or directory");
}

int run_file_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_file_freed__its_memory_used_again),
        cmocka_unit_test(large_file_freed__its_memory_given_back),
        cmocka_unit_test(freed_in_another_order__the_later_file_stays),
        cmocka_unit_test(what_cannot_be_read__said),
        cmocka_unit_test(larger_than_memory__said),
        cmocka_unit_test(too_many_descriptors__said),
        cmocka_unit_test(names__loaded_once_and_empty_without_a_file),
        cmocka_unit_test(reading_fails__memory_used_again),
        cmocka_unit_test(an_old_errno__does_not_matter),
        cmocka_unit_test(directory_with_a_long_name__not_trusted),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
