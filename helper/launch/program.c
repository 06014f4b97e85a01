/* SPDX-License-Identifier: MIT */
#include "launch/program.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"

#define NOTE_GO_BUILD 4u /* type of the note "Go", which holds the build id */

/* Read of one file in total, whatever its headers say: some headers overlap, some files are sparse.
   A large Go program has its build information after the read-only data that the linker
   relocates. */
#define BYTES_MAX (UINT64_C(64) << 20)
#define NOTES_MAX 4096u /* bytes of a segment: Go's note is the first or second */
#define CHUNK 65536u    /* bytes searched at once */

/* What Go's linker puts at the start of its build information (debug/buildinfo). */
static const char go_build_info[] = "\xff Go buildinf:";

/* The program headers of either class, as one. */
struct segment {
    uint32_t type, flags;
    uint64_t offset, length; /* as the header says, not the file */
};

struct elf {
    program_read *read;
    const void *file;
    uint64_t bytes_left;
    bool is_64_bit;
    uint64_t table; /* where the program headers are */
    unsigned entry_size, count, machine;
};

/* Returns how many bytes there are, at most size. */
static size_t read_part(struct elf *elf, uint64_t offset, uint64_t length, void *to, size_t size)
{
    size = length < size ? (size_t)length : size;
    size = elf->bytes_left < size ? (size_t)elf->bytes_left : size;
    elf->bytes_left -= size;
    return elf->read(elf->file, offset, to, size);
}

static bool read_all(struct elf *elf, uint64_t offset, void *to, size_t size)
{
    return read_part(elf, offset, size, to, size) == size;
}

static bool parse_header(struct elf *elf)
{
    unsigned char id[EI_NIDENT];
    Elf64_Ehdr large;
    Elf32_Ehdr small;
    const unsigned own_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    if (!read_all(elf, 0, id, sizeof id) || memcmp(id, ELFMAG, SELFMAG) != 0 ||
        id[EI_DATA] != own_order)
        return false;
    if (id[EI_CLASS] == ELFCLASS64 && read_all(elf, 0, &large, sizeof large)) {
        elf->is_64_bit = true;
        elf->table = large.e_phoff;
        elf->entry_size = large.e_phentsize;
        elf->count = large.e_phnum;
        elf->machine = large.e_machine;
        return elf->entry_size >= sizeof(Elf64_Phdr);
    }
    if (id[EI_CLASS] == ELFCLASS32 && read_all(elf, 0, &small, sizeof small)) {
        elf->table = small.e_phoff;
        elf->entry_size = small.e_phentsize;
        elf->count = small.e_phnum;
        elf->machine = small.e_machine;
        return elf->entry_size >= sizeof(Elf32_Phdr);
    }
    return false;
}

static bool get_segment(struct elf *elf, unsigned index, struct segment *segment)
{
    const uint64_t at = elf->table + (uint64_t)index * elf->entry_size;
    Elf64_Phdr large;
    Elf32_Phdr small;
    if (at < elf->table) /* beyond 2^64 */
        return false;
    if (elf->is_64_bit) {
        if (!read_all(elf, at, &large, sizeof large))
            return false;
        *segment = (struct segment){large.p_type, large.p_flags, large.p_offset, large.p_filesz};
        return true;
    }
    if (!read_all(elf, at, &small, sizeof small))
        return false;
    *segment = (struct segment){small.p_type, small.p_flags, small.p_offset, small.p_filesz};
    return true;
}

/* The part of text that begins at offset, at most length bytes: shorter, or empty, at its end. */
static struct span part(struct span text, uint64_t offset, uint64_t length)
{
    if (offset >= text.length)
        return (struct span){text.at, 0};
    const size_t rest = text.length - (size_t)offset;
    return (struct span){text.at + offset, length < rest ? (size_t)length : rest};
}

/* Each note is three words, a name and a description, both padded to four bytes (elf(5)). */
static bool has_go_note(struct elf *elf, const struct segment *segment)
{
    char text[NOTES_MAX];
    Elf32_Nhdr note; /* the same in both classes */
    const struct span notes = {text,
                               read_part(elf, segment->offset, segment->length, text, sizeof text)};
    for (uint64_t at = 0; part(notes, at, sizeof note).length == sizeof note;) {
        memcpy(&note, text + at, sizeof note);
        const struct span name = part(notes, at + sizeof note, note.n_namesz);
        if (note.n_type == NOTE_GO_BUILD && note.n_namesz == 4 && name.length == 4 &&
            memcmp(name.at, "Go\0", 4) == 0)
            return true;
        at += sizeof note + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3)) +
              (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));
    }
    return false;
}

static bool has_go_build_info(struct elf *elf, const struct segment *segment)
{
    static char chunk[CHUNK];
    const size_t overlap = sizeof go_build_info - 2; /* it may lie across two chunks */
    uint64_t at = 0;
    size_t length;
    do {
        length = read_part(elf, segment->offset + at, segment->length - at, chunk, CHUNK);
        if (memmem(chunk, length, go_build_info, sizeof go_build_info - 1) != NULL)
            return true;
        at += CHUNK - overlap;
    } while (length == CHUNK && at < segment->length);
    return false;
}

const char *program_escapes(program_read *read, const void *file)
{
    struct elf elf = {.read = read, .file = file, .bytes_left = BYTES_MAX};
    struct segment segment;
    bool has_linker = false, is_go = false;

    if (!parse_header(&elf))
        return NULL;
    for (unsigned i = 0; i < elf.count && get_segment(&elf, i, &segment); i++) {
        has_linker = has_linker || segment.type == PT_INTERP;
        is_go = is_go || (segment.type == PT_NOTE && has_go_note(&elf, &segment)) ||
                (segment.type == PT_LOAD && (segment.flags & PF_W) != 0 &&
                 has_go_build_info(&elf, &segment));
    }
    if (is_go)
        return "a Go program, which makes its system calls itself";
    if (!has_linker)
        return "a static program";
    if (elf.machine != MACHINE_ELF)
        return "a program for a different architecture than the library";
    return NULL;
}

bool program_is_appimage(struct span start)
{
    static const size_t offset = 8; /* where ELF has padding */
    return start.length > offset + 2 && memcmp(start.at, ELFMAG, SELFMAG) == 0 &&
           start.at[offset] == 'A' && start.at[offset + 1] == 'I' &&
           (start.at[offset + 2] == 1 || start.at[offset + 2] == 2);
}

bool program_interpreter(struct span start, char path[PROGRAM_PATH_MAX])
{
    struct span line = span_cut(&start, '\n');
    if (line.length < 2 || memcmp(line.at, "#!", 2) != 0)
        return false;
    line = (struct span){line.at + 2, line.length - 2};
    while (line.length > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
        line = (struct span){line.at + 1, line.length - 1};
    size_t length = 0;
    while (length < line.length && strchr(" \t", line.at[length]) == NULL) /* or a NUL */
        length++;
    if (length == 0 || length >= PROGRAM_PATH_MAX)
        return false;
    memcpy(path, line.at, length);
    path[length] = '\0';
    return true;
}
