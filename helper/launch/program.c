#include "launch/program.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/machine.h"

#define SCRIPTS_MAX 5    /* interpreters that are scripts; the kernel stops there too (execve(2)) */
#define NOTE_GO_BUILD 4u /* type of the note "Go", which holds the build id */

/* What Go's linker puts at the start of its build information (debug/buildinfo). */
static const char go_build_info[] = "\xff Go buildinf:";

/* The program headers of either class, as one. */
struct segment {
    uint32_t type, flags;
    struct span contents; /* as far as the file has them */
};

struct elf {
    struct span image;
    bool is_64_bit;
    uint64_t table; /* where the program headers are */
    unsigned entry_size, count, machine;
};

/* The part of image that begins at offset, at most length bytes: shorter, or empty, at its end. */
static struct span part(struct span image, uint64_t offset, uint64_t length)
{
    if (offset >= image.length)
        return (struct span){image.at, 0};
    const size_t rest = image.length - (size_t)offset;
    return (struct span){image.at + offset, length < rest ? (size_t)length : rest};
}

static bool copy(void *to, struct span image, uint64_t offset, size_t length)
{
    struct span from = part(image, offset, length);
    if (from.length < length)
        return false;
    memcpy(to, from.at, length);
    return true;
}

static bool parse_header(struct span image, struct elf *elf)
{
    unsigned char id[EI_NIDENT];
    Elf64_Ehdr large;
    Elf32_Ehdr small;
    const unsigned own_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    if (!copy(id, image, 0, sizeof id) || memcmp(id, ELFMAG, SELFMAG) != 0 ||
        id[EI_DATA] != own_order)
        return false;
    if (id[EI_CLASS] == ELFCLASS64 && copy(&large, image, 0, sizeof large)) {
        *elf = (struct elf){image,         true,           large.e_phoff, large.e_phentsize,
                            large.e_phnum, large.e_machine};
        return elf->entry_size >= sizeof(Elf64_Phdr);
    }
    if (id[EI_CLASS] == ELFCLASS32 && copy(&small, image, 0, sizeof small)) {
        *elf = (struct elf){image,         false,          small.e_phoff, small.e_phentsize,
                            small.e_phnum, small.e_machine};
        return elf->entry_size >= sizeof(Elf32_Phdr);
    }
    return false;
}

static bool get_segment(const struct elf *elf, unsigned index, struct segment *segment)
{
    const uint64_t at = elf->table + (uint64_t)index * elf->entry_size;
    Elf64_Phdr large;
    Elf32_Phdr small;
    if (elf->table > elf->image.length)
        return false;
    if (elf->is_64_bit) {
        if (!copy(&large, elf->image, at, sizeof large))
            return false;
        *segment = (struct segment){large.p_type, large.p_flags,
                                    part(elf->image, large.p_offset, large.p_filesz)};
        return true;
    }
    if (!copy(&small, elf->image, at, sizeof small))
        return false;
    *segment = (struct segment){small.p_type, small.p_flags,
                                part(elf->image, small.p_offset, small.p_filesz)};
    return true;
}

/* Each note is three words, a name and a description, both padded to four bytes (elf(5)). */
static bool has_go_note(struct span notes)
{
    Elf32_Nhdr note; /* the same in both classes */
    for (uint64_t at = 0; copy(&note, notes, at, sizeof note);) {
        struct span name = part(notes, at + sizeof note, note.n_namesz);
        if (note.n_type == NOTE_GO_BUILD && note.n_namesz == 4 && name.length == 4 &&
            memcmp(name.at, "Go\0", 4) == 0)
            return true;
        at += sizeof note + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3)) +
              (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));
    }
    return false;
}

static bool has_go_build_info(struct span data)
{
    return data.length > 0 &&
           memmem(data.at, data.length, go_build_info, sizeof go_build_info - 1) != NULL;
}

const char *program_escapes(struct span image)
{
    struct elf elf;
    struct segment segment;
    bool has_linker = false, is_go = false;

    if (!parse_header(image, &elf))
        return NULL;
    for (unsigned i = 0; i < elf.count && get_segment(&elf, i, &segment); i++) {
        has_linker = has_linker || segment.type == PT_INTERP;
        is_go = is_go || (segment.type == PT_NOTE && has_go_note(segment.contents)) ||
                (segment.type == PT_LOAD && (segment.flags & PF_W) != 0 &&
                 has_go_build_info(segment.contents));
    }
    if (is_go)
        return "a Go program, which makes its system calls itself";
    if (!has_linker)
        return "a static program";
    if (elf.machine != MACHINE_ELF)
        return "a program for another kind of processor than the library";
    return NULL;
}

bool program_interpreter(struct span image, char path[PROGRAM_PATH_MAX])
{
    struct span line = span_cut(&image, '\n');
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

/*
 * Opens a regular file, and nothing else: root's launcher is told by the command's user, with the
 * first line of a script or a symlink, what to look at, and to open a device can do something
 * (/dev/watchdog restarts the machine). So it is looked at before it is opened (open(2), O_PATH).
 */
static int open_regular(const char *path, struct stat *status)
{
    char seen[32];
    int fd = -1, place = open(path, O_PATH | O_CLOEXEC);
    if (place >= 0 && fstat(place, status) == 0 && S_ISREG(status->st_mode)) {
        snprintf(seen, sizeof seen, "/proc/self/fd/%d", place);
        fd = open(seen, O_RDONLY | O_CLOEXEC);
    }
    close(place);
    return fd;
}

/* Maps a regular file. Returns an empty span if that cannot be. */
static struct span map_file(const char *path)
{
    struct stat status;
    struct span image = {NULL, 0};
    int fd = open_regular(path, &status);
    if (fd >= 0 && status.st_size > 0) {
        void *start = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (start != MAP_FAILED)
            image = (struct span){start, (size_t)status.st_size};
    }
    close(fd);
    return image;
}

/* As execvp(3): the first file in PATH that may be executed. */
static bool find_in_path(const char *command, char path[PROGRAM_PATH_MAX])
{
    const char *folders = getenv("PATH");
    struct stat status;
    struct span rest = {folders == NULL ? "/usr/local/bin:/bin:/usr/bin" : folders, 0};
    rest.length = strlen(rest.at);
    for (bool is_last = false; !is_last;) {
        is_last = memchr(rest.at, ':', rest.length) == NULL;
        struct span folder = span_cut(&rest, ':'); /* an empty one is the working directory */
        int length = snprintf(path, PROGRAM_PATH_MAX, "%.*s%s%s", (int)folder.length, folder.at,
                              folder.length > 0 ? "/" : "", command);
        if ((size_t)length < PROGRAM_PATH_MAX && stat(path, &status) == 0 &&
            S_ISREG(status.st_mode) && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

const char *program_command_escapes(const char *command)
{
    char path[PROGRAM_PATH_MAX], next[PROGRAM_PATH_MAX];
    if (strchr(command, '/') != NULL)
        snprintf(path, sizeof path, "%s", command);
    else if (!find_in_path(command, path))
        return NULL;

    const char *why = NULL;
    for (int i = 0; i < SCRIPTS_MAX; i++) {
        struct span image = map_file(path);
        if (image.length == 0)
            return NULL;
        why = program_escapes(image);
        bool is_script = program_interpreter(image, next);
        munmap((void *)(uintptr_t)image.at, image.length);
        if (!is_script)
            return why;
        memcpy(path, next, sizeof path);
    }
    return NULL;
}
