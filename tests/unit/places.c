/* SPDX-License-Identifier: MIT */
/* Descriptors that lie in each other's places, and too few of them. */
#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resident/places.h"

/* A letter stands for an open file, a capital for one that execve(2) closes, a dot for none. */
enum { SHOWN = 8, OUTPUT = 50 };

/* The file of a letter is as long as its number. */
static void open_file(int place, char letter)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, letter) != 0 || dup3(fd, OUTPUT + 1, O_CLOEXEC) < 0 ||
        close(fd) != 0 || dup3(OUTPUT + 1, place, O_CLOEXEC) < 0 || close(OUTPUT + 1) != 0)
        _exit(1);
}

static char letter_in(int place)
{
    struct stat status;
    if (fstat(place, &status) != 0)
        return '.';
    const int letter = (int)status.st_size;
    return (char)((fcntl(place, F_GETFD) & FD_CLOEXEC) != 0 ? letter - 'a' + 'A' : letter);
}

struct arrangement {
    const char *before; /* as letters */
    int from[PLACES_MAX], count;
    rlim_t limit; /* of descriptors; 0: as it is */
};

_Noreturn static void arrange(const struct arrangement *arrangement, int output)
{
    char seen[SHOWN + 1] = "";
    if (dup2(output, OUTPUT) < 0)
        _exit(1);
    for (int place = 0; place < OUTPUT; place++)
        close(place);
    for (int place = 0; arrangement->before[place] != '\0'; place++) {
        if (arrangement->before[place] != '.')
            open_file(place, arrangement->before[place]);
    }
    const struct rlimit files = {arrangement->limit, arrangement->limit};
    if (arrangement->limit > 0 && setrlimit(RLIMIT_NOFILE, &files) != 0)
        _exit(1);
    const bool done = places_arrange(arrangement->from, arrangement->count);
    for (int place = 0; place < SHOWN; place++)
        seen[place] = letter_in(place);
    dprintf(OUTPUT, "%s %s", done ? "done" : "too few", seen);
    _exit(0);
}

/* In a process of its own. Returns whether it was done, and what is where then; valid until the
   next call. */
static const char *after(struct arrangement arrangement)
{
    static char text[64];
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0)
        arrange(&arrangement, ends[1]);
    close(ends[1]);
    ssize_t length = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    text[length < 0 ? 0 : length] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return text;
}

static void in_each_others_places__exchanged(void **state)
{
    assert_string_equal(after((struct arrangement){"ab", {1, 0}, 2, 0}), "done ba......");
    assert_string_equal(after((struct arrangement){"abc", {2, 0, 1}, 3, 0}), "done cab.....");
}

static void above_all_places__stays_there_too(void **state)
{
    assert_string_equal(after((struct arrangement){".....x", {5, 5}, 2, 0}), "done xx...X..");
}

static void kept_or_closed__as_told(void **state)
{
    assert_string_equal(after((struct arrangement){"abcd", {PLACES_KEPT, PLACES_CLOSED, 0}, 3, 0}),
                        "done A.aD....");
    assert_string_equal(after((struct arrangement){"a.b", {PLACES_CLOSED, PLACES_KEPT}, 2, 0}),
                        "done ..B.....");
}

static void too_few_descriptors__nothing_moved(void **state)
{
    cannot_run_under_valgrind("it has limits of its own");
    /* Enough for none, and for the first one only. */
    assert_string_equal(after((struct arrangement){"ab", {1, 0}, 2, 2}), "too few AB......");
    assert_string_equal(after((struct arrangement){"ab", {1, 0}, 2, 3}), "too few AB......");
    assert_string_equal(after((struct arrangement){"abc", {2, 1, PLACES_KEPT}, 3, 4}),
                        "too few ABC.....");
    assert_string_equal(after((struct arrangement){"abc", {PLACES_CLOSED, 2, 1}, 3, 4}),
                        "too few ABC.....");
}

int run_places_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_each_others_places__exchanged),
        cmocka_unit_test(above_all_places__stays_there_too),
        cmocka_unit_test(kept_or_closed__as_told),
        cmocka_unit_test(too_few_descriptors__nothing_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
