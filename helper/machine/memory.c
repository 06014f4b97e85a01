/* SPDX-License-Identifier: MIT */
/*
 * The compiler calls these for copies and comparisons of its own accord, with libc or without
 * (gcc(1), -ffreestanding). As hidden functions they leave no symbol that a sanitizer in the host
 * could intercept in the middle of the broker.
 */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *left, const void *right, size_t count);

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    char *target = to;
    const char *source = from;
    for (size_t i = 0; i < count; i++)
        target[i] = source[i];
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    char *target = to;
    for (size_t i = 0; i < count; i++)
        target[i] = (char)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}
