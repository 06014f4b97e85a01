/* For the doctor: the bind itself, by way of a helper, and who has the port already. */
#ifndef PRIVBIND_CHECK_BIND_H
#define PRIVBIND_CHECK_BIND_H

#include "doctor/target.h"
#include "protocol.h"

enum check_bind_answer {
    HELPER_ANSWERED,
    HELPER_SILENT, /* it is there, and says nothing in time, or nothing valid */
    HELPER_GONE,   /* "@NAME" only: nobody of this user is there */
};

/*
 * Asks a helper to bind socket, as the library does.
 *
 * helper    privbind-helper's path, or "@NAME", the socket of a resident helper
 * reply     the helper's, or one of our own with EACCES and why there is none
 */
enum check_bind_answer check_bind(const char *helper, int socket, const struct target *target,
                                  struct privbind_reply *reply);

/* Reports who has the port, as far as this user may see. */
void check_holder(const struct target *target);

#endif
