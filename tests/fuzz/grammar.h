/* SPDX-License-Identifier: MIT */
/* Pieces of inputs, at random. */
#ifndef PRIVBIND_GRAMMAR_H
#define PRIVBIND_GRAMMAR_H

#include <stdint.h>

#include "fuzz.h"

struct output {
    char *at;        /* where the next byte goes */
    const char *end; /* what does not fit is cut off */
};

void grammar_seed(unsigned seed);

/* From 0 to below. */
unsigned grammar_random(unsigned below);

void grammar_put(struct output *output, const char *text);

/* One word of a rule, often a wrong one. */
void grammar_word(struct output *output);

/* [protocols] ports [on addresses] */
void grammar_what(struct output *output);

/* These end in a line break. */
void grammar_rule(struct output *output);
void grammar_question(struct output *output);
void grammar_passwd(struct output *output);
void grammar_group(struct output *output);

/* [ADDRESS:]PORT[/PROTOCOL] */
void grammar_target(struct output *output);

/* USER[:GROUP] */
void grammar_account(struct output *output);

#endif
