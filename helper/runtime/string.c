/* SPDX-License-Identifier: MIT */
/* string.h, as far as it is used; copies, which compilers call too, are in machine/memory.c. */
#include <string.h>

void *memchr(const void *bytes, int byte, size_t count)
{
    const unsigned char *at = bytes;
    for (; count > 0; at++, count--) {
        if (*at == (unsigned char)byte)
            return (void *)(size_t)at;
    }
    return NULL;
}

size_t strlen(const char *string)
{
    const char *end = string;
    while (*end != '\0')
        end++;
    return (size_t)(end - string);
}

int strcmp(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return (unsigned char)*left - (unsigned char)*right;
}

char *strchr(const char *string, int character)
{
    return memchr(string, character, strlen(string) + 1);
}

char *strrchr(const char *string, int character)
{
    char *last = NULL;
    do {
        if (*string == (char)character)
            last = (char *)(size_t)string;
    } while (*string++ != '\0');
    return last;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = 0;
    for (; length < size && from[length] != '\0'; length++)
        to[length] = from[length];
    memset(to + length, 0, size - length);
    return to;
}
