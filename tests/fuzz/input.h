/* SPDX-License-Identifier: MIT */
/*
 * Inputs that hold a question to the policy: a first line
 *     UID GID[,GID]... PROTOCOL ADDRESS PORT [unreadable]
 * then passwd, group, and the rest, with a form feed between them.
 */
#ifndef PRIVBIND_FUZZ_INPUT_H
#define PRIVBIND_FUZZ_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "naive.h"
#include "policy/policy.h"

#define INPUT_GIDS_MAX 8
#define INPUT_FIRST_MAX 160u /* bytes in the first line, its end included */

struct input {
    char protocol[8], address[46];
    gid_t gids[INPUT_GIDS_MAX];
    unsigned long naive_gids[INPUT_GIDS_MAX];
    struct span passwd, group, rest;
    struct identity identity;
    struct policy_question question; /* for the helper's code */
    struct naive_question naive;     /* the same for the naive reading */
};

/* Returns false if the input holds no question. */
bool input_read(const uint8_t *data, size_t size, struct input *input);
void input_free(struct input *input);

/* Memory of exactly that size, so that the address sanitizer sees what is read beyond it. */
struct span input_copy(struct span text);

#endif
