/* SPDX-License-Identifier: MIT */
/* The one line on stderr about a delegation. */
#ifndef PRIVBIND_DIAGNOSIS_H
#define PRIVBIND_DIAGNOSIS_H

#include "delegation.h"

/* What helps if clone(2) has failed with this errno. */
const char *delegation_fix(long cause);

/* Writes the one line on stderr, if the settings want one. Runs in the host or in the broker, with
 * all signals blocked. */
void delegation_diagnose(struct delegation *delegation);

/* The line for when there is no memory even for a delegation. */
void diagnose_no_memory(const struct settings *settings);

#endif
