/* SPDX-License-Identifier: MIT */
/* From root to an ordinary user, for good. */
#ifndef PRIVBIND_BECOME_H
#define PRIVBIND_BECOME_H

#include <stdbool.h>

#include "policy/ruling.h"
#include "resident/account.h"

/*
 * Makes this process the account's: all user and group ids, supplementary groups, and no capability
 * in any set except, with keep_capability, CAP_NET_BIND_SERVICE in the permitted one. Each step is
 * verified: it is read back, or an attempt to undo it has to fail. The bounding set and the
 * securebits stay as they are.
 *
 * Returns false, and what failed and what fixes it, if the process is not exactly that then; it
 * must end without doing anything else.
 */
bool become_account(const struct account *account, bool keep_capability, char error[REASON_MAX]);

/*
 * From root to a process that may bind for the account, and do nothing else: become_account() with
 * the capability, undumpable, with its subject known and the log open.
 *
 * Returns false, and why, if that failed. The process must then not serve, and must give up what it
 * may still hold, or end.
 */
bool become_holder(const struct account *account, struct subject *subject, char error[REASON_MAX]);

#endif
