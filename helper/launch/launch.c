/* SPDX-License-Identifier: MIT */
#include "launch/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/command.h"
#include "launch/listen.h"
#include "launch/message.h"
#include "launch/path.h"
#include "launch/preload.h"
#include "launch/privilege.h"
#include "launch/supervise.h"
#include "resident/server.h"
#include "supervise/filter.h"

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int cannot_execute(const char *command)
{
    const int error = errno;
    const bool has_slash = strchr(command, '/') != NULL;
    if (error == ENOENT && (!has_slash || access(command, F_OK) != 0)) {
        launch_failed("%s: %s", command, has_slash ? strerror(error) : "not found in PATH");
        return EXIT_NOT_FOUND;
    }
    const char *why = strerror(error), *fix = "";
    if (has_slash && is_directory(command))
        why = "is a directory";
    else if (error == ENOENT)
        fix = ": its interpreter (the #! line, or the dynamic linker) is missing";
    else if (error == EACCES && !has_slash)
        fix = "; it, or a directory of PATH, is closed to this user: chmod a+rx";
    else if (error == EACCES)
        fix = "; make it executable, and its directories searchable: chmod a+rx";
    else if (error == EAGAIN)
        fix = "; raise the limit on processes: ulimit -u";
    else if (error == ENOEXEC)
        fix = "; is it for this machine? A script needs a first line, such as #!/bin/sh";
    launch_failed("%s: %s%s", command, why, fix);
    return EXIT_CANNOT_EXECUTE;
}

/* How the command is to be started, as -m or its words say. */
static struct command_verdict judge(const struct launch *launch)
{
    const struct command_user user = {launch->user.name != NULL, launch->user.no_new_privs};
    struct command_verdict verdict = {launch->mode == MODE_SECCOMP ? COMMAND_ESCAPES
                                                                   : COMMAND_REACHED,
                                      launch->command[0], "as -m says"};
    if (launch->mode == MODE_AUTO)
        verdict = command_judge(launch->command, &user);
    /* A command that gets the capability anyway needs no supervisor. And a supervisor may not look
       into root's process, which has more privileges than the supervisor (ptrace(2)). */
    if (launch->mode == MODE_AUTO && verdict.reach == COMMAND_ESCAPES && !user.is_other &&
        capability_comes_with_execve()) {
        verdict.reach = COMMAND_REACHED;
        verdict.why = "for what the command starts; the command itself has CAP_NET_BIND_SERVICE";
    }
    return verdict;
}

static void tell(const struct command_verdict *verdict, bool is_served)
{
    const char *way = is_served ? "supervised already, by an outer privbind"
                      : verdict->reach == COMMAND_ESCAPES ? "supervised through seccomp"
                                                          : "the library is preloaded";
    if (verdict->reach != COMMAND_PRIVILEGED && launch_is_on("PRIVBIND_DEBUG"))
        launch_say("%s: %s: %s", verdict->word, way, verdict->why);
    else if (verdict->reach == COMMAND_PRIVILEGED && !launch_is_on("PRIVBIND_QUIET"))
        launch_say("%s %s", verdict->word, verdict->why);
}

/* The sockets are bound, so that the command needs nothing, and nothing stays beside it. */
static int prepare_sockets(const struct launch *launch)
{
    int status = EXIT_SUCCESS;
    if (launch->user.name != NULL)
        status = user_become(&launch->user, false);
    if (status == EXIT_SUCCESS)
        status = listen_prepare(launch->listen, launch->listen_count);
    if (launch->user.name != NULL)
        unsetenv("PRIVBIND_SOCKET");
    server_stop();
    return status;
}

/* The library or a supervisor will bind for the command. */
static int prepare_binds(const struct launch *launch)
{
    const struct command_verdict verdict = judge(launch);
    const bool supervised = verdict.reach == COMMAND_ESCAPES;
    /* Inside another privbind the outer one decides and binds, by the same policy, and there can be
       no second supervisor. With -u, this fails with a message. */
    const bool is_served = supervised && launch->user.name == NULL && filter_is_served();
    int status = EXIT_SUCCESS;
    tell(&verdict, is_served);
    if (launch->user.name != NULL)
        status = user_become(&launch->user, supervised);
    else if (supervised && !is_served)
        status = supervise(NULL, (struct span){NULL, 0});
    /* All that a supervised command starts is supervised too: the library would only ask again. */
    if (supervised)
        preload_remove();
    else if (status == EXIT_SUCCESS)
        status = preload_add();
    return status;
}

int launch_command(const struct launch *launch)
{
    int status = launch->listen_count > 0 ? prepare_sockets(launch) : prepare_binds(launch);
    if (status == EXIT_SUCCESS) {
        path_execute(launch->command);
        status = cannot_execute(launch->command[0]);
    }
    server_stop();
    return status;
}
