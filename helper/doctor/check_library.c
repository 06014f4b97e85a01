/* SPDX-License-Identifier: MIT */
#include "doctor/check_library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor/report.h"
#include "launch/message.h"
#include "launch/preload.h"

#define POINT "library"

/*
 * This program is static and cannot load anything. The shell, if it is dynamic, tells from its own
 * memory map what was loaded into it; only its builtins are used.
 */
static const char shell[] = "/bin/sh";
static const char script[] = "kind=static\n"
                             "while read -r range mode offset device inode path; do\n"
                             "    case $path in\n"
                             "        */libprivbind.so*) echo \"$path\"; exit;;\n"
                             "        *.so*) kind=dynamic;;\n"
                             "    esac\n"
                             "done < /proc/self/maps\n"
                             "echo $kind\n";

static void exec_shell(const char *ld_preload, int output)
{
    char variable[4200];
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", ld_preload);
    char *const arguments[] = {"sh", "-c", (char *)script, NULL};
    char *const environment[] = {variable, NULL};
    if (dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0)
        execve(shell, arguments, environment);
    _exit(EXIT_NOT_FOUND);
}

/* Puts what the shell says, all of it, into text. Returns false if it could not be asked. */
static bool ask_shell(const char *ld_preload, char *text, size_t size)
{
    int output[2], status = 0;
    if (pipe2(output, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        exec_shell(ld_preload, output[1]);
    close(output[1]);
    size_t used = 0;
    ssize_t count = 1;
    while (pid > 0 && count > 0 && used < size - 1) {
        count = read(output[0], text + used, size - 1 - used);
        used += count > 0 ? (size_t)count : 0;
    }
    text[used] = '\0';
    close(output[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The dynamic linker of glibc says why, "... cannot be preloaded (REASON): ignored."; musl's does
   not. */
static const char *reason_in(char *text)
{
    char *reason = strstr(text, "cannot be preloaded");
    if (reason == NULL)
        return "the dynamic linker does not say why";
    char *end = strstr(reason, ": ignored");
    if (end != NULL)
        *end = '\0';
    return reason;
}

enum loading { LOADS, LOADS_NOT, LOADING_UNKNOWN };

/* If it does not load, text says why. */
static enum loading try_loading(const char *way, const char *ld_preload, char *text, size_t size)
{
    if (!ask_shell(ld_preload, text, size)) {
        report_note(POINT, "loading %s cannot be tried: no working %s", way, shell);
        return LOADING_UNKNOWN;
    }
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    const char *last = strrchr(text, '\n') == NULL ? text : strrchr(text, '\n') + 1;
    if (last[0] == '/') {
        report_ok(POINT, "loads %s, from %s", way, last);
        return LOADS;
    }
    if (strcmp(last, "static") != 0)
        return LOADS_NOT;
    report_note(POINT, "loading %s cannot be tried: %s is a static program", way, shell);
    return LOADING_UNKNOWN;
}

bool check_library(void)
{
    char text[8192];
    const char *path = preload_path();
    if (access(path, R_OK) != 0) {
        report_fail(POINT, "%s: %s; install it there: make install", path, strerror(errno));
        return false;
    }
    report_ok(POINT, "%s is there", path);
    const bool is_loadable = try_loading("by path", path, text, sizeof text) != LOADS_NOT;
    if (!is_loadable)
        report_fail(POINT,
                    "does not load by path: %s; install one that is built for this machine: make "
                    "install",
                    reason_in(text));
    /* A convenience: privbind and README use the path. */
    if (try_loading("by its bare name", "libprivbind.so", text, sizeof text) == LOADS_NOT)
        report_note(POINT,
                    "does not load by its bare name: %s; use the path, or as root add its "
                    "directory to /etc/ld.so.conf and run ldconfig",
                    reason_in(text));
    return is_loadable;
}
