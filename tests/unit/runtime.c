/* SPDX-License-Identifier: MIT */
/* What helper/runtime/ and helper/machine/ have in libc's place, beside libc's own, on random
   input. tests.mk builds them with another prefix, for these tests. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 20000

void *runtime_memchr(const void *bytes, int byte, size_t count);
size_t runtime_strlen(const char *string);
int runtime_strcmp(const char *left, const char *right);
char *runtime_strchr(const char *string, int character);
char *runtime_strrchr(const char *string, int character);
char *runtime_strncpy(char *to, const char *from, size_t size);
void *runtime_memcpy(void *to, const void *from, size_t count);
void *runtime_memset(void *to, int byte, size_t count);
int runtime_memcmp(const void *left, const void *right, size_t count);
char *runtime_strerror(int number);
int runtime_inet_pton(int family, const char *text, void *to);

/* Not by its name, at which compilers warn of a copy that is cut off. */
static char *(*volatile libc_strncpy)(char *, const char *, size_t) = strncpy;

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

/* Few different bytes, so that there is something to be found, and some above 127. */
static size_t make_string(char string[32])
{
    const size_t length = (size_t)rand() % 31;
    for (size_t i = 0; i < length; i++)
        string[i] = "ab\x80\xff"[rand() % 4];
    string[length] = '\0';
    return length;
}

static void strings__as_libc(void **state)
{
    char left[32], right[32], ours[32], theirs[32];
    for (int i = 0; i < ROUNDS; i++) {
        const size_t length = make_string(left);
        make_string(right);
        const int wanted = "ab\x80\xff"[rand() % 5];
        assert_int_equal(runtime_strlen(left), length);
        assert_int_equal(sign(runtime_strcmp(left, right)), sign(strcmp(left, right)));
        assert_int_equal(runtime_strcmp(left, left), 0);
        assert_ptr_equal(runtime_strchr(left, wanted), strchr(left, wanted));
        assert_ptr_equal(runtime_strrchr(left, wanted), strrchr(left, wanted));
        assert_ptr_equal(runtime_memchr(left, wanted, length), memchr(left, wanted, length));
        memset(ours, 1, sizeof ours);
        memset(theirs, 1, sizeof theirs);
        const size_t size = (size_t)rand() % sizeof ours;
        assert_ptr_equal(runtime_strncpy(ours, left, size), ours);
        libc_strncpy(theirs, left, size);
        assert_memory_equal(ours, theirs, sizeof ours);
    }
}

static void memory__as_libc(void **state)
{
    unsigned char left[64], right[64];
    for (int i = 0; i < ROUNDS; i++) {
        const size_t count = (size_t)rand() % 32, at = (size_t)rand() % 32;
        for (size_t j = 0; j < sizeof left; j++)
            left[j] = right[j] = (unsigned char)rand();
        right[at] = (unsigned char)(rand() % 2 == 0 ? left[at] : rand());
        assert_int_equal(sign(runtime_memcmp(left, right, count)),
                         sign(memcmp(left, right, count)));
        memcpy(right, left, sizeof left);
        assert_ptr_equal(runtime_memcpy(right + at, left, count), right + at);
        assert_memory_equal(right, left, at);
        assert_memory_equal(right + at, left, count);
        assert_memory_equal(right + at + count, left + at + count, sizeof left - at - count);
        assert_ptr_equal(runtime_memset(left + at, 0x1ff, count), left + at);
        for (size_t j = at; j < at + count; j++)
            assert_int_equal(left[j], 0xff);
        assert_memory_equal(right, left, at);
    }
}

static void compare_pton(int family, const char *text)
{
    unsigned char ours[16] = {0}, theirs[16] = {0};
    const int result = inet_pton(family, text, theirs);
    if (runtime_inet_pton(family, text, ours) != result)
        fail_msg("'%s' is %s address to libc", text, result == 1 ? "an" : "no");
    if (result == 1)
        assert_memory_equal(ours, theirs, sizeof ours);
}

static void put_random(char *text, const char *alphabet)
{
    const size_t length = (size_t)rand() % 12, count = strlen(alphabet);
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet[(size_t)rand() % count];
    text[length] = '\0';
}

/* An address as it may be, with one character of another kind, or none. */
static void put_address(int family, char text[INET6_ADDRSTRLEN])
{
    unsigned char bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(rand() % 3 == 0 ? rand() : 0);
    if (rand() % 4 == 0)
        memcpy(bytes, (unsigned char[12]){[10] = 0xff, [11] = 0xff}, 12);
    inet_ntop(family, bytes, text, INET6_ADDRSTRLEN);
    if (rand() % 2 == 0)
        text[(size_t)rand() % strlen(text)] = "0123456789abcDF:.:: g"[rand() % 21];
}

static void address__read_as_libc_reads_it(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};
    char text[INET6_ADDRSTRLEN];
    for (int i = 0; i < ROUNDS * 10; i++) {
        put_address(families[i % 2], text);
        compare_pton(AF_INET, text);
        compare_pton(AF_INET6, text);
        put_random(text, i % 2 == 0 ? "0125.." : "01aF:::.");
        compare_pton(AF_INET, text);
        compare_pton(AF_INET6, text);
    }
    compare_pton(AF_INET6, "1:2:3:4:5:6:7::");
    compare_pton(AF_INET6, "1:2:3:4:5:6:7:8::");
    compare_pton(AF_INET6, "1:2:3:4:5:6:7:1.2.3.4");
    compare_pton(AF_INET6, "1:2:3:4:5:6:1.2.3.4");
}

/* What bind, open and read say (their manual pages); others have a number. */
static void error__named_as_libc_names_it(void **state)
{
    static const int common[] = {EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL, EMFILE, ENOENT,
                                 ENOMEM, ENODEV,     EAFNOSUPPORT,  EPERM,  ENFILE, EIO};
    for (size_t i = 0; i < COUNT(common); i++)
        assert_string_equal(runtime_strerror(common[i]), strerror(common[i]));
    for (int i = 0; i < 134; i++) {
        char number[32];
        snprintf(number, sizeof number, "Unknown error %04d", i);
        if (strcmp(runtime_strerror(i), number) != 0)
            assert_string_equal(runtime_strerror(i), strerror(i));
    }
}

int run_runtime_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings__as_libc),
        cmocka_unit_test(memory__as_libc),
        cmocka_unit_test(address__read_as_libc_reads_it),
        cmocka_unit_test(error__named_as_libc_names_it),
    };
    srand(1);
    return cmocka_run_group_tests_name("in libc's place", tests, NULL, NULL);
}
