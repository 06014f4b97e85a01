/* SPDX-License-Identifier: MIT */
/* Asking a helper for a bind, as the library does. */
#ifndef PRIVBIND_ASK_H
#define PRIVBIND_ASK_H

#include "launch/target.h"
#include "protocol.h"

enum ask_answer {
    HELPER_ANSWERED,
    HELPER_SILENT, /* it is there, and says nothing in time, or nothing valid */
    HELPER_GONE,   /* "@NAME" only: nobody of this user is there */
};

/*
 * Asks a helper to bind socket.
 *
 * helper    privbind-helper's path, or "@NAME", the socket of a resident helper
 * reply     the helper's, or one of our own with EACCES and why there is none
 */
enum ask_answer ask_helper(const char *helper, int socket, const struct target *target,
                           struct privbind_reply *reply);

#endif
