/* SPDX-License-Identifier: MIT */
/* What the tests of attacks share. The attacker is tests/attack*.c. */
#ifndef PRIVBIND_SYSTEM_ATTACK_H
#define PRIVBIND_SYSTEM_ATTACK_H

#include "system.h"

#define ATTACKER SANDBOX_DIR "/attacker-program"
#define ATTACK_DIR SANDBOX_DIR "/attacker"

/* Runs one scenario of the attacker, as the target; asserts that it ended well. */
const char *attack(const char *name);
const struct run_result *attack_with(const char *name, void (*as_root)(void));

void assert_lacks(const char *text, const char *part);
void assert_every_line(const char *text, const char *expected);

/* The number behind what in a text; 0 where there is none. */
unsigned count_of(const char *text, const char *what);

int attack_setup(void **state);
int attack_teardown(void **state);

#endif
