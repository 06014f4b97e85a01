/* SPDX-License-Identifier: MIT */
/*
 * Whether LD_PRELOAD reaches a program: its ELF headers, or its first line, beside a naive reading
 * of both by the numbers of elf(5).
 */
#include "launch/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { OTHER, SCRIPT, REACHED, GO, STATIC, OTHER_MACHINE };
static const char *const outcomes[] = {"other",  "script",        "reached", "Go",
                                       "static", "other machine", NULL};

/* A number of the file, in the machine's byte order; beyond its end there are zeroes. */
static uint64_t number(const uint8_t *data, size_t size, uint64_t at, unsigned bytes)
{
    union {
        uint8_t bytes[8];
        uint16_t two;
        uint32_t four;
        uint64_t eight;
    } value = {{0}};
    for (unsigned i = 0; i < bytes; i++)
        value.bytes[i] = at < size && i < size - at ? data[at + i] : 0;
    return bytes == 2 ? value.two : bytes == 4 ? value.four : value.eight;
}

static int has_marker(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 14 <= size; i++) {
        if (memcmp(data + i, "\xff Go buildinf:", 14) == 0)
            return 1;
    }
    return 0;
}

static int has_note(const uint8_t *data, size_t size)
{
    for (uint64_t at = 0; at + 12 <= size;) {
        const uint64_t name = number(data, size, at, 4), text = number(data, size, at + 4, 4);
        if (number(data, size, at + 8, 4) == 4 && name == 4 && at + 16 <= size &&
            memcmp(data + at + 12, "Go\0", 4) == 0)
            return 1;
        at += 12 + (name + 3) / 4 * 4 + (text + 3) / 4 * 4;
    }
    return 0;
}

/* Where the fields are, in bytes. */
struct layout {
    size_t header, table, table_bytes, entry_size, count; /* of the file header */
    size_t entry, flags, offset, length, word;            /* of a program header */
};

static int judge(const uint8_t *data, size_t size, const struct layout *layout, unsigned machine)
{
    const uint64_t table = number(data, size, layout->table, (unsigned)layout->table_bytes);
    const uint64_t step = number(data, size, layout->entry_size, 2);
    int linker = 0, go = 0;
    if (size < layout->header || step < layout->entry)
        return OTHER;
    for (uint64_t i = 0; table <= size && i < number(data, size, layout->count, 2); i++) {
        const uint64_t at = table + i * step;
        const unsigned word = (unsigned)layout->word;
        if (at > size || size - at < layout->entry)
            break;
        const uint64_t type = number(data, size, at, 4);
        const uint64_t flags = number(data, size, at + layout->flags, 4);
        uint64_t from = number(data, size, at + layout->offset, word);
        uint64_t length = number(data, size, at + layout->length, word);
        from = from > size ? size : from;
        length = length > size - from ? size - from : length;
        linker |= type == 3;
        go |= type == 4 && has_note(data + from, (size_t)length);
        go |= type == 1 && (flags & 2) != 0 && has_marker(data + from, (size_t)length);
    }
    return go                                     ? GO
           : !linker                              ? STATIC
           : number(data, size, 18, 2) != machine ? OTHER_MACHINE
                                                  : REACHED;
}

/* That of this program, from its own header. */
static unsigned own_machine(void)
{
    static uint16_t machine;
    FILE *file = machine == 0 ? fopen("/proc/self/exe", "re") : NULL;
    if (file != NULL) {
        FUZZ_CHECK(fseek(file, 18, SEEK_SET) == 0);
        FUZZ_CHECK(fread(&machine, sizeof machine, 1, file) == 1);
        fclose(file);
    }
    return machine;
}

static int judge_naively(const uint8_t *data, size_t size)
{
    static const struct layout large = {64, 32, 8, 54, 56, 56, 4, 8, 32, 8};
    static const struct layout small = {52, 28, 4, 42, 44, 32, 24, 4, 16, 4};
    const unsigned machine = own_machine();
    const unsigned order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 2;
    if (size < 16 || memcmp(data, "\177ELF", 4) != 0 || data[5] != order)
        return OTHER;
    return data[4] == 2   ? judge(data, size, &large, machine)
           : data[4] == 1 ? judge(data, size, &small, machine)
                          : OTHER;
}

static size_t read_span(const void *file, uint64_t offset, void *to, size_t size)
{
    const struct span *image = file;
    const size_t rest = offset < image->length ? image->length - (size_t)offset : 0;
    size = size < rest ? size : rest;
    if (size > 0)
        memcpy(to, image->at + offset, size);
    return size;
}

static void check_judgement(struct span image)
{
    static const char *const reasons[] = {[GO] = "Go program",
                                          [STATIC] = "static program",
                                          [OTHER_MACHINE] = "different architecture"};
    const int expected = judge_naively((const uint8_t *)image.at, image.length);
    const char *why = program_escapes(read_span, &image);
    if (expected < GO ? why != NULL : why == NULL || strstr(why, reasons[expected]) == NULL)
        fuzz_finding("judged as '%s', naively as '%s'", why, outcomes[expected]);
}

/* "#!", blanks, a path up to a blank, a NUL or the line's end. */
static size_t naive_interpreter(const char *text)
{
    if (strncmp(text, "#!", 2) != 0)
        return 0;
    const char *path = text + 2 + strspn(text + 2, " \t");
    const size_t length = strcspn(path, " \t\n");
    return length < PROGRAM_PATH_MAX ? length : 0;
}

static int check_interpreter(struct span image)
{
    char *text = calloc(1, image.length + 1), path[PROGRAM_PATH_MAX];
    if (image.length > 0)
        memcpy(text, image.at, image.length);
    const size_t length = naive_interpreter(text);
    const int is_script = program_interpreter(image, path);
    FUZZ_CHECK(is_script == (length > 0));
    if (is_script) {
        const char *start = text + 2 + strspn(text + 2, " \t");
        FUZZ_CHECK(strlen(path) == length && memcmp(path, start, length) == 0);
    }
    free(text);
    return is_script;
}

static int run(const uint8_t *data, size_t size)
{
    const struct span image = {(const char *)data, size};
    check_judgement(image);
    return check_interpreter(image) ? SCRIPT : judge_naively(data, size);
}

/* Mostly an ELF file, of which bytes changed at random soon make something else. */
static size_t mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed, fuzz_bytes *bytes)
{
    static const uint8_t types[] = {1, 3, 4, 6};
    const int is_64_bit = seed % 4 != 0;
    const size_t header = is_64_bit ? 64 : 52, entry = is_64_bit ? 56 : 32;
    const unsigned entries = seed / 64 % 5;
    size = bytes(data, size, size_max);
    if (seed / 4 % 4 == 0 || size_max < header + entries * entry)
        return size;
    const size_t least = header + entries * entry;
    if (size < least) {
        memset(data + size, 0, least - size);
        size = least;
    }
    memcpy(data, "\177ELF", 4);
    data[4] = is_64_bit ? 2 : 1;
    data[5] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 2;
    const uint16_t counts[2] = {(uint16_t)entry, (uint16_t)entries};
    memcpy(data + (is_64_bit ? 54 : 42), counts, sizeof counts);
    const uint64_t table = header;
    memcpy(data + (is_64_bit ? 32 : 28), &table, is_64_bit ? 8 : 4);
    for (unsigned i = 0; i < entries; i++) {
        const uint32_t type = types[seed / 1024 / (1 + i) % COUNT(types)];
        if (seed / 16 % 4 != 0)
            memcpy(data + header + i * entry, &type, sizeof type);
    }
    return size;
}

const struct fuzz_target fuzz_program = {"program", outcomes, run, mutate};
