/* SPDX-License-Identifier: MIT */
/*
 * The resident helper: what "privbind -u USER" leaves beside the command, to bind for it. Unlike
 * privbind-helper it needs no file capability: it keeps root's.
 */
#ifndef PRIVBIND_SERVER_H
#define PRIVBIND_SERVER_H

#include <stdbool.h>

#include "policy/format.h"
#include "policy/span.h"
#include "resident/account.h"

#define SERVER_NAME_MAX 64u
/*
 * Starts it. It answers processes of the account only, at an abstract socket, and ends when this
 * process, by then another program perhaps, ends. It is a child whose exit signal is 0: wait(2)
 * does not find it, and SIGCHLD tells of it only if it is killed early.
 *
 * rules     the policy, as in struct subject; not copied
 * name      the socket's, as PRIVBIND_SOCKET wants it: "@..."
 * error     why it could not be started, and what fixes that
 * Returns true once it answers, else false.
 */
bool server_start(const struct account *account, struct span rules, char name[SERVER_NAME_MAX],
                  char error[REASON_MAX]);

/* Ends it again, if it was started: for when the command cannot be started. Waits a second at
   most. */
void server_stop(void);

#endif
