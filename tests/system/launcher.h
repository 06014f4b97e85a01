/* SPDX-License-Identifier: MIT */
/* What the tests of privbind's command line share. */
#ifndef PRIVBIND_SYSTEM_LAUNCHER_H
#define PRIVBIND_SYSTEM_LAUNCHER_H

#include "system.h"

#define ARGUMENTS_MAX 12

/* Runs privbind with arguments, up to a NULL; as_root: as root, else as the target. */
const struct run_result *privbind(bool as_root, const char *const arguments[ARGUMENTS_MAX]);

#define PRIVBIND(...) privbind(false, (const char *const[ARGUMENTS_MAX]){__VA_ARGS__})
#define ROOT_PRIVBIND(...) privbind(true, (const char *const[ARGUMENTS_MAX]){__VA_ARGS__})

#define need_root()                                                                                \
    do {                                                                                           \
        if (sandbox_is_user_namespace())                                                           \
            cannot_run("an ordinary user's namespace has no second uid to become");                \
    } while (0)

#endif
