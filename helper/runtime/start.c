/* SPDX-License-Identifier: MIT */
/*
 * What runs before main(): nothing that an environment, a locale or a constructor could have a say
 * in. The caller is hostile, and whatever a libc does here it does with the file's capability.
 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "machine/machine.h"

#define HIDDEN __attribute__((visibility("hidden")))

int main(int argc, char *argv[]);
HIDDEN _Noreturn void runtime_start(uintptr_t *stack);
HIDDEN int *__errno_location(void);
HIDDEN extern uintptr_t __stack_chk_guard;
HIDDEN _Noreturn void __stack_chk_fail(void);
HIDDEN _Noreturn void __stack_chk_fail_local(void);

__asm__(MACHINE_ENTRY("runtime_start"));

uintptr_t __stack_chk_guard;

/* One thread, so one errno. */
static int error_number;

int *__errno_location(void)
{
    return &error_number;
}

/* Not abort(3): the stack is an attacker's. A trap ends the process whatever it blocks. */
void __stack_chk_fail(void)
{
    __builtin_trap();
}

/* The name by which position-independent code of i386 calls it. */
void __stack_chk_fail_local(void)
{
    __builtin_trap();
}

void _exit(int status)
{
    for (;;)
        RAW_1(SYS_exit_group, status);
}

/* The real ids of whoever executed us, which nothing here changes. -1 is nobody's id
   (setreuid(2)). */
static uintptr_t real_uid = (uid_t)-1, real_gid = (gid_t)-1;

uid_t getuid(void)
{
    return (uid_t)real_uid;
}

gid_t getgid(void)
{
    return (gid_t)real_gid;
}

/* What the kernel hands to each program (getauxval(3)). The first of its random bytes becomes a
   NUL, which a string that overflows cannot contain, whatever the order of bytes. */
static void take_auxiliary(const uintptr_t *auxiliary)
{
    for (; auxiliary[0] != AT_NULL; auxiliary += 2) {
        if (auxiliary[0] == AT_RANDOM)
            memcpy(&__stack_chk_guard, (const void *)auxiliary[1], sizeof __stack_chk_guard);
        else if (auxiliary[0] == AT_UID)
            real_uid = auxiliary[1];
        else if (auxiliary[0] == AT_GID)
            real_gid = auxiliary[1];
    }
    memset(&__stack_chk_guard, 0, 1);
}

/*
 * The kernel chooses where the program is loaded (static PIE). Words that hold an address have to
 * be corrected before they are used: on some machines the address of the guard, on others none.
 * That one word is not worth the mprotect(2) of RELRO.
 */
#if UINTPTR_MAX == UINT32_MAX
typedef Elf32_Dyn dynamic_entry;
typedef Elf32_Rel relocation;
#define TABLE DT_REL
#define TABLE_SIZE DT_RELSZ
#define ADDEND(relocation, word) (word)
#else
typedef Elf64_Dyn dynamic_entry;
typedef Elf64_Rela relocation;
#define TABLE DT_RELA
#define TABLE_SIZE DT_RELASZ
#define ADDEND(relocation, word) (uintptr_t)(relocation)->r_addend
#endif
HIDDEN extern const char __ehdr_start[];
HIDDEN extern const dynamic_entry _DYNAMIC[];

static void relocate(void)
{
    const uintptr_t base = (uintptr_t)__ehdr_start;
    uintptr_t table = 0, size = 0;
    for (const dynamic_entry *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == TABLE)
            table = entry->d_un.d_ptr;
        else if (entry->d_tag == TABLE_SIZE)
            size = entry->d_un.d_val;
    }
    const relocation *const all = (const relocation *)(base + table);
    for (size_t i = 0; i < size / sizeof *all; i++) {
        if (all[i].r_info == 0) /* a place that the linker did not need */
            continue;
        uintptr_t *const word = (uintptr_t *)(base + all[i].r_offset);
        *word = base + ADDEND(&all[i], *word);
    }
}

/* argc, argv, NULL, environment, NULL, auxiliary vector (execve(2) may be without argv[0]). */
void runtime_start(uintptr_t *stack)
{
    const int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    uintptr_t *after = stack + 1 + argc + 1;
    while (*after++ != 0)
        ;
    relocate();
    take_auxiliary(after);
    _exit(main(argc, argv));
}
