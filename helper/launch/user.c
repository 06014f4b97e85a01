/* SPDX-License-Identifier: MIT */
#include "launch/user.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/message.h"
#include "launch/option.h"
#include "launch/supervise.h"
#include "policy/file.h"
#include "resident/account.h"
#include "resident/become.h"
#include "resident/server.h"

static bool set_variable(const char *name, struct span value)
{
    char *copy = strndup(value.at, value.length);
    bool done = copy != NULL && setenv(name, copy, 1) == 0;
    free(copy);
    return done;
}

/*
 * Root's own HOME, USER and LOGNAME would send the command to root's files. An account that is not
 * in passwd has no name, and / for a home.
 */
static bool set_user_variables(const struct account *account)
{
    static const struct span no_home = {"/", 1};
    if (!set_variable("HOME", account->home.length > 0 ? account->home : no_home))
        return false;
    if (account->name.length == 0)
        return unsetenv("USER") == 0 && unsetenv("LOGNAME") == 0;
    return set_variable("USER", account->name) && set_variable("LOGNAME", account->name);
}

/* Becomes the user, with a resident helper alongside. */
static int become_with_server(const struct user_options *user, const struct account *account,
                              struct span rules)
{
    char error[REASON_MAX], name[SERVER_NAME_MAX];
    if (!server_start(account, rules, name, error) || !become_account(account, false, error))
        return launch_failed("-u %s: %s", user->name, error);
    if (setenv("PRIVBIND_SOCKET", name, 1) != 0)
        return launch_failed("no memory for the environment");
    return EXIT_SUCCESS;
}

/*
 * Root's session keyring would stay, and whoever has that can read the keys in it (keyrings(7)). A
 * container may forbid this, and then forbids the reading, too.
 */
static void leave_session_keyring(void)
{
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

int user_become(const struct user_options *user, bool supervised)
{
    static struct account account;
    struct id_file passwd = {0}, group = {0};
    struct span rules;
    char error[REASON_MAX], what_error[REASON_MAX];

    if (getuid() != 0)
        return launch_failed("-u needs root; as an ordinary user leave it out; the policy is in %s",
                             PRIVBIND_CONF);
    if (!file_load_names(&passwd, "/etc/passwd") || !file_load_names(&group, "/etc/group"))
        return launch_failed("/etc/passwd or /etc/group cannot be read");
    const struct id_names known = {passwd.text, group.text};
    if (!account_resolve(user->name, &known, &account, error))
        return launch_failed("-u %s", error);
    if (!option_make_rules(user->what, user->what_count, &rules, what_error))
        return launch_failed("%s", what_error);
    const int status =
        supervised ? supervise(&account, rules) : become_with_server(user, &account, rules);
    if (status != EXIT_SUCCESS)
        return status;
    leave_session_keyring();
    if (user->no_new_privs && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                               prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
        return launch_failed("--no-new-privs: %s", strerror(errno));
    return set_user_variables(&account) ? EXIT_SUCCESS
                                        : launch_failed("no memory for the environment");
}
