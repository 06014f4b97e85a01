/* SPDX-License-Identifier: MIT */
/* Ports by their names, services(5): a static program has no other source of them. */
#ifndef PRIVBIND_SERVICES_H
#define PRIVBIND_SERVICES_H

#include <stdbool.h>

#include "launch/target.h"
#include "policy/span.h"

#define SERVICES_SPEC_MAX 128u

/*
 * Puts the port's number in the place of its name, in [ADDRESS:]NAME[/PROTOCOL]. If no protocol is
 * given, tcp is added or, if the name has no line for tcp, the protocol of its first line. Pure.
 *
 * services  the text of /etc/services
 * Returns false, with an error, if there is no such name or the result does not fit.
 */
bool services_number(struct span spec, struct span services, char number[SERVICES_SPEC_MAX],
                     char error[REASON_MAX]);

/* Like target_parse(), but the port may also be a name in /etc/services. */
bool services_target(const char *spec, struct target *target, char error[REASON_MAX]);

#endif
