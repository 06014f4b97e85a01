/* SPDX-License-Identifier: MIT */
/* Whether LD_PRELOAD reaches a program: real files, files made up, and files cut short. */
#include "unit.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/program.h"
#include "machine/machine.h"

#define GO "a Go program, which makes its system calls itself"
#define STATIC "a static program"

/* A small ELF file of this machine: a header, segments, and what they hold. */
struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];
    struct {
        Elf64_Nhdr head;
        char name[4], build_id[8];
    } notes[2];
    char data[64];
};

static struct image new_image(void)
{
    struct image image = {
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
                   .e_machine = MACHINE_ELF,
                   .e_phoff = offsetof(struct image, segments),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 3},
        .segments = {{.p_type = PT_INTERP},
                     {.p_type = PT_NOTE,
                      .p_offset = offsetof(struct image, notes),
                      .p_filesz = sizeof image.notes},
                     {.p_type = PT_LOAD,
                      .p_flags = PF_R | PF_W,
                      .p_offset = offsetof(struct image, data),
                      .p_filesz = sizeof image.data}},
        .notes = {{.head = {4, 8, NT_GNU_BUILD_ID}, .name = "GNU"},
                  {.head = {4, 8, NT_GNU_BUILD_ID}, .name = "GNU"}},
    };
    return image;
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

static const char *span_escapes(struct span image)
{
    return program_escapes(read_span, &image);
}

static const char *escapes(const struct image *image)
{
    return span_escapes((struct span){(const char *)image, sizeof *image});
}

static void program_with_dynamic_linker__reached(void **state)
{
    const struct image image = new_image();
    assert_null(escapes(&image));
}

static void program_without_dynamic_linker__static(void **state)
{
    struct image image = new_image();
    image.segments[0].p_type = PT_NULL;
    assert_string_equal(escapes(&image), STATIC);
    image.header.e_phnum = 0;
    assert_string_equal(escapes(&image), STATIC);
}

static void note_of_go_anywhere__go(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct image image = new_image();
        memcpy(image.notes[i].name, "Go\0", 4);
        image.notes[i].head.n_type = 4;
        assert_string_equal(escapes(&image), GO);
        image.segments[0].p_type = PT_NULL;
        assert_string_equal(escapes(&image), GO);
    }
}

/* Of a longer name the segment has no more than four bytes: it is not "Go" for that. */
static void note_with_longer_name_cut_off__not_go(void **state)
{
    struct image image = new_image();
    memcpy(image.notes[1].name, "Go\0", 4);
    image.notes[1].head = (Elf64_Nhdr){.n_namesz = 4, .n_type = 4};
    image.segments[1].p_filesz = sizeof image.notes - sizeof image.notes[1].build_id;
    assert_string_equal(escapes(&image), GO);
    image.notes[1].head.n_namesz = 0x600004;
    assert_null(escapes(&image));
}

static void build_info_in_data__go(void **state)
{
    struct image image = new_image();
    memcpy(image.data + 16, "\xff Go buildinf:", 14);
    assert_string_equal(escapes(&image), GO);
    image.segments[2].p_flags = PF_R; /* a program that looks for it */
    assert_null(escapes(&image));
}

static void build_info_far_into_data__go(void **state)
{
    static char text[200000];
    struct image image = new_image();
    image.segments[2].p_offset = sizeof image;
    image.segments[2].p_filesz = sizeof text - sizeof image;
    for (size_t at = 65536 - 20; at < 65536 + 20; at++) {
        memset(text, 0, sizeof text);
        memcpy(text, &image, sizeof image);
        assert_null(span_escapes((struct span){text, sizeof text}));
        memcpy(text + sizeof image + at, "\xff Go buildinf:", 14);
        assert_string_equal(span_escapes((struct span){text, sizeof text}), GO);
    }
}

/* More headers than bytes that are worth reading. */
static size_t read_overlapping(const void *file, uint64_t offset, void *to, size_t size)
{
    size_t *total = (size_t *)(uintptr_t)file;
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB},
        .e_phoff = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 60000};
    const Elf64_Phdr data = {.p_type = PT_LOAD, .p_flags = PF_W, .p_filesz = UINT64_MAX};
    *total += size;
    memset(to, 0, size);
    if (size <= sizeof header)
        memcpy(to, offset == 0 ? (const void *)&header : &data, size);
    return size;
}

static void headers_that_overlap__bounded(void **state)
{
    size_t total = 0;
    assert_string_equal(program_escapes(read_overlapping, &total), STATIC);
    assert_true(total <= 64 << 20);
}

static void mark_of_an_appimage__seen(void **state)
{
    assert_true(program_is_appimage((struct span)SPAN("\x7f"
                                                      "ELF\2\1\1\0AI\1")));
    assert_true(program_is_appimage((struct span)SPAN("\x7f"
                                                      "ELF\2\1\1\0AI\2\0")));
    assert_false(program_is_appimage((struct span)SPAN("\x7f"
                                                       "ELF\2\1\1\0AI\3\0")));
    assert_false(program_is_appimage((struct span)SPAN("\x7f"
                                                       "ELF\2\1\1\0AI")));
    assert_false(program_is_appimage((struct span)SPAN("#!/bin/sAI\2\0")));
}

static void other_machine__not_reached(void **state)
{
    struct image image = new_image();
    image.header.e_machine = EM_VAX;
    assert_non_null(strstr(escapes(&image), "different architecture"));
}

static void no_elf__left_to_the_kernel(void **state)
{
    static const struct span images[] = {SPAN(""), SPAN("\x7f"),
                                         SPAN("\x7f"
                                              "ELF"),
                                         SPAN("#!/bin/sh\n"), SPAN("neither\n")};
    for (size_t i = 0; i < COUNT(images); i++)
        assert_null(span_escapes(images[i]));
}

/* Nothing is read outside of it: each copy ends where its memory does. */
static void image_cut_short_or_wrong__no_harm(void **state)
{
    struct image image = new_image();
    memcpy(image.notes[1].name, "Go\0", 4);
    for (size_t length = 0; length <= sizeof image; length++) {
        char *copy = malloc(length + 1);
        assert_non_null(copy);
        memcpy(copy, &image, length);
        span_escapes((struct span){copy, length});
        free(copy);
    }
    for (size_t at = 0; at < sizeof image; at++) {
        for (unsigned byte = 0; byte < 256; byte += 51) {
            char *copy = malloc(sizeof image);
            assert_non_null(copy);
            memcpy(copy, &image, sizeof image);
            memset(copy + at, (int)byte, sizeof image - at < 8 ? sizeof image - at : 8);
            span_escapes((struct span){copy, sizeof image});
            free(copy);
        }
    }
}

static void first_line_of_a_script__its_interpreter(void **state)
{
    static const struct {
        struct span image;
        const char *interpreter; /* NULL: no script */
    } cases[] = {
        {SPAN("#!/bin/sh\nexit\n"), "/bin/sh"},
        {SPAN("#! \t/usr/bin/env python3\n"), "/usr/bin/env"},
        {SPAN("#!/bin/sh -e"), "/bin/sh"},
        {SPAN("#!interpreter\t-x\n"), "interpreter"},
        {SPAN("#!\n/bin/sh\n"), NULL},
        {SPAN("#!   \n"), NULL},
        {SPAN("#"), NULL},
        {SPAN(""), NULL},
        {SPAN(" #!/bin/sh\n"), NULL},
        {SPAN("#!/bin/s\0h\n"), "/bin/s"} /* as the kernel reads it */,
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char path[PROGRAM_PATH_MAX];
        bool is_script = program_interpreter(cases[i].image, path);
        assert_int_equal(is_script, cases[i].interpreter != NULL);
        if (is_script)
            assert_string_equal(path, cases[i].interpreter);
    }
}

int run_program_file_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_with_dynamic_linker__reached),
        cmocka_unit_test(program_without_dynamic_linker__static),
        cmocka_unit_test(note_of_go_anywhere__go),
        cmocka_unit_test(note_with_longer_name_cut_off__not_go),
        cmocka_unit_test(build_info_in_data__go),
        cmocka_unit_test(build_info_far_into_data__go),
        cmocka_unit_test(headers_that_overlap__bounded),
        cmocka_unit_test(mark_of_an_appimage__seen),
        cmocka_unit_test(other_machine__not_reached),
        cmocka_unit_test(no_elf__left_to_the_kernel),
        cmocka_unit_test(image_cut_short_or_wrong__no_harm),
        cmocka_unit_test(first_line_of_a_script__its_interpreter),
    };
    return cmocka_run_group_tests_name("program files", tests, NULL, NULL);
}
