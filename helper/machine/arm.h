/* SPDX-License-Identifier: MIT */
/* 32-bit ARM, EABI, as ARM or Thumb code; on a 64-bit kernel a supervisor serves 64-bit programs,
   too. */
#define MACHINE_ELF EM_ARM
#define MACHINE_64 AUDIT_ARCH_AARCH64
#define MACHINE_BIND_64 200
#define MACHINE_OTHER_BIND_64 MACHINE_BIND_64
#define MACHINE_32 AUDIT_ARCH_ARM
#define MACHINE_BIND_32 282
#define MACHINE_SOCKETCALL_32 MACHINE_BIND_32
#define MACHINE_ALIGNS_PAIRS

#define MACHINE_ENTRY(function)                                                                    \
    ".syntax unified\n.text\n.arm\n.globl _start\n.type _start, %function\n"                       \
    "_start:\n\t"                                                                                  \
    "mov r11, #0\n\t" /* the outermost frame, for debuggers */                                     \
    "mov lr, #0\n\t"                                                                               \
    "mov r0, sp\n\t"                                                                               \
    "bl " function "\n\t"                                                                          \
    "udf #0\n"

/* r7, which holds the number, is the frame pointer of Thumb code: the compiler may refuse to let us
   have it. */
static inline long raw_call_6(long n, long a, long b, long c, long d, long e, long f)
{
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    register long r3 __asm__("r3") = d;
    register long r4 __asm__("r4") = e;
    register long r5 __asm__("r5") = f;
    __asm__ volatile("mov r12, r7\n\t"
                     "mov r7, %[number]\n\t"
                     "svc #0\n\t"
                     "mov r7, r12"
                     : "+r"(r0)
                     : [number] "r"(n), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                     : "r12", "memory");
    return r0;
}

static inline long clone_on(char *stack_end, unsigned long flags, int *pid, int (*function)(void *),
                            void *argument)
{
    register long r0 __asm__("r0") = (long)flags;
    register long r1 __asm__("r1") = (long)stack_end;
    register int *r2 __asm__("r2") = pid;
    register long r3 __asm__("r3") = 0;
    register long r4 __asm__("r4") = 0;
    register int (*r5)(void *) __asm__("r5") = function;
    register void *r6 __asm__("r6") = argument;
    __asm__ volatile("mov r12, r7\n\t"
                     "mov r7, %[clone]\n\t"
                     "svc #0\n\t"
                     "cmp r0, #0\n\t"
                     "bne 1f\n\t"
                     "mov r0, r6\n\t"
                     "mov r7, #0\n\t" /* the outermost frame, of Thumb and ARM code */
                     "mov r11, #0\n\t"
                     "blx r5\n\t"
                     "mov r7, %[exit]\n\t"
                     "svc #0\n\t"
                     "udf #0\n"
                     "1:\n\t"
                     "mov r7, r12"
                     : "+r"(r0)
                     : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5),
                       "r"(r6), [clone] "i"(SYS_clone), [exit] "i"(SYS_exit)
                     : "r12", "memory", "cc");
    return r0;
}
