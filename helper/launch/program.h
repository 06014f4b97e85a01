/* Whether LD_PRELOAD reaches a program: what its file says. */
#ifndef PRIVBIND_PROGRAM_H
#define PRIVBIND_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/span.h"

#define PROGRAM_PATH_MAX 4096u

/*
 * Judges an ELF file by its contents. Pure.
 * Returns NULL if the dynamic linker loads libraries into it, or it is no ELF file; else why not,
 * in words: "a static program".
 */
const char *program_escapes(struct span image);

/*
 * Takes the interpreter out of the first line of a script, "#!" PATH [ARGUMENT]. Pure.
 * Returns false if it is no script, or the path does not fit.
 */
bool program_interpreter(struct span image, char path[PROGRAM_PATH_MAX]);

/*
 * The same as program_escapes() for a command as execvp(3) finds it, through PATH and the
 * interpreters of scripts. A file that cannot be found or read is left for execve(2) to judge.
 */
const char *program_command_escapes(const char *command);

#endif
