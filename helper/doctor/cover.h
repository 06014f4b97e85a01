/* SPDX-License-Identifier: MIT */
/* Whether one rule leaves anything to another. Pure. */
#ifndef PRIVBIND_COVER_H
#define PRIVBIND_COVER_H

#include <stdbool.h>

#include "policy/identity.h"
#include "policy/rule.h"

/*
 * Whether every bind that the later rule matches is matched by the earlier one: users or groups,
 * protocols, ports and addresses are each a part of the earlier rule's. True is certain; false may
 * just mean that seeing it takes more, for example if several networks make up one.
 */
bool rule_is_covered(const struct rule *later, const struct rule *earlier,
                     const struct id_names *known);

#endif
