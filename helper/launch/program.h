/* SPDX-License-Identifier: MIT */
/* Whether LD_PRELOAD reaches a program: what its file says. Pure. */
#ifndef PRIVBIND_PROGRAM_H
#define PRIVBIND_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/span.h"

#define PROGRAM_PATH_MAX 4096u

/*
 * Reads size bytes of a file, or of what stands for one, at offset. Returns how many there are:
 * fewer where it ends. A file may change meanwhile.
 */
typedef size_t program_read(const void *file, uint64_t offset, void *to, size_t size);

/*
 * Judges an ELF file by its contents, of which a bounded part is read.
 * Returns NULL if the dynamic linker loads libraries into it, or it is no ELF file; else why not,
 * in words: "a static program".
 */
const char *program_escapes(program_read *read, const void *file);

/* Whether a file that starts so is an AppImage, of type 1 or 2. */
bool program_is_appimage(struct span start);

/*
 * Takes the interpreter out of the first line of a script, "#!" PATH [ARGUMENT].
 * Returns false if it is no script, or the path does not fit.
 */
bool program_interpreter(struct span start, char path[PROGRAM_PATH_MAX]);

#endif
