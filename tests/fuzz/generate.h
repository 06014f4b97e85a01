/* SPDX-License-Identifier: MIT */
/*
 * Inputs, most as input.h describes them, made from the grammar: bytes changed at random hardly
 * ever make a valid policy. Numbers, names and addresses come from small sets, so that rules and
 * questions meet, and lie at the edges of each other.
 */
#ifndef PRIVBIND_GENERATE_H
#define PRIVBIND_GENERATE_H

#include "fuzz.h"

/* For struct fuzz_target. With bytes NULL the input is made anew, from the seed alone. */
size_t generate_policy_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes);
size_t generate_option_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes);
size_t generate_target_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                             fuzz_bytes *bytes);
size_t generate_account_input(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                              fuzz_bytes *bytes);

#endif
