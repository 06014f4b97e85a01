/* SPDX-License-Identifier: MIT */
#include "launch/command.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bind/missing.h"
#include "launch/path.h"
#include "launch/program.h"
#include "policy/span.h"

#define SCRIPTS_MAX 5 /* interpreters that are scripts; the kernel stops there too (execve(2)) */
/* Prefixes come first; file names that a shell expanded may be slow to look up. */
#define WORDS_MAX 256

static const char reached[] = "LD_PRELOAD reaches it";

/* A regular file that can be executed, as far as its mode says. */
struct file {
    int place;      /* opened with O_PATH */
    int descriptor; /* to read from, or -1 */
    char path[32];  /* that of place in /proc, for calls that take no such descriptor */
    struct stat status;
};

/*
 * A regular file, and nothing else: root's launcher is told by the command's user, with the first
 * line of a script or a symlink, what to look at, and opening a device can have effects
 * (/dev/watchdog restarts the machine). So it is looked at before it is opened (open(2), O_PATH).
 */
static bool open_program(const char *path, struct file *file)
{
    *file = (struct file){.place = open(path, O_PATH | O_CLOEXEC), .descriptor = -1};
    if (file->place < 0)
        return false;
    snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->place);
    if (fstat(file->place, &file->status) == 0 && S_ISREG(file->status.st_mode) &&
        access(path, X_OK) == 0) {
        file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
        /* Without /proc, as in a chroot. For root it may be a device by now. */
        if (file->descriptor < 0 && errno == ENOENT && getuid() != 0)
            file->descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        return true;
    }
    close(file->place);
    return false;
}

static void close_program(const struct file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    close(file->place);
}

/* A program_read of a descriptor. Not a mapping: if its owner truncated the file, that would be
   SIGBUS. */
static size_t read_file(const void *file, uint64_t offset, void *to, size_t size)
{
    size_t done = 0;
    ssize_t count;
    do {
        count = pread(*(const int *)file, (char *)to + done, size - done, (off_t)(offset + done));
        done += count > 0 ? (size_t)count : 0;
    } while ((count > 0 && done < size) || (count < 0 && errno == EINTR));
    return done;
}

/* Why execve(2) of it makes the dynamic linker ignore a path in LD_PRELOAD, or NULL. */
static const char *privileges(const struct file *file, const struct command_user *user)
{
    struct statvfs mount;
    const mode_t mode = file->status.st_mode;
    const bool is_setgid = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    if (user->gains_nothing || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
        (fstatvfs(file->place, &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0))
        return NULL;
    if ((mode & S_ISUID) != 0 && (user->is_other || file->status.st_uid != getuid()))
        return "is set-user-ID: LD_PRELOAD cannot reach it, and under supervision it would not "
               "change user; put privbind after it, as in: sudo -u USER privbind COMMAND";
    if (is_setgid && (user->is_other || file->status.st_gid != getgid()))
        return "is set-group-ID: LD_PRELOAD cannot reach it, and under supervision it would not "
               "change group; as root: chmod g-s, or put privbind after it";
    /* Root has them all without the file. */
    if ((user->is_other || getuid() != 0) &&
        getxattr(file->path, "security.capability", NULL, 0) > 0)
        return "has file capabilities: LD_PRELOAD cannot reach it, and under supervision it would "
               "lose them; as root: setcap -r, or do without them: privbind -m seccomp";
    return NULL;
}

/* Judges a file that is no script. */
static enum command_reach judge_program(const struct file *file, struct span start,
                                        const struct command_user *user, const char **why)
{
    if ((*why = privileges(file, user)) != NULL) {
        if (!capability_of_file(file->path))
            return COMMAND_PRIVILEGED;
        *why = "the program's file has CAP_NET_BIND_SERVICE";
    } else if (file->descriptor < 0) {
        *why = "it cannot be read, so LD_PRELOAD might not reach it; chmod a+r";
    } else if (program_is_appimage(start)) {
        *why = "it is an AppImage, and under supervision its fusermount fails";
    } else if ((*why = program_escapes(read_file, &file->descriptor)) != NULL) {
        return COMMAND_ESCAPES;
    } else {
        *why = reached;
    }
    return COMMAND_REACHED;
}

/* Judges a word. Returns false if it is no program, as far as can be seen. */
static bool judge_word(const char *word, const struct command_user *user,
                       struct command_verdict *verdict)
{
    char path[PROGRAM_PATH_MAX], next[PROGRAM_PATH_MAX], text[PROGRAM_PATH_MAX];
    struct file file;
    *verdict = (struct command_verdict){COMMAND_REACHED, word, "no such program was found"};
    if (strchr(word, '/') == NULL && !path_find(word, path))
        return false;
    if (strchr(word, '/') != NULL && (size_t)snprintf(path, sizeof path, "%s", word) >= sizeof path)
        return false;
    for (int i = 0; i < SCRIPTS_MAX; i++) {
        if (!open_program(path, &file))
            return i > 0;
        const struct span start = {
            text, file.descriptor < 0 ? 0 : read_file(&file.descriptor, 0, text, sizeof text)};
        const bool is_script = program_interpreter(start, next);
        if (!is_script)
            verdict->reach = judge_program(&file, start, user, &verdict->why);
        close_program(&file);
        if (!is_script)
            return true;
        memcpy(path, next, sizeof path);
    }
    return true;
}

/* What may stand between a prefix and its command: -n 5, A=1, 5s, and another prefix. */
static bool belongs_to_prefix(const char *word, const char *before)
{
    return word[0] == '-' || strchr(word, '=') != NULL || isdigit((unsigned char)word[0]) ||
           (before != NULL && before[0] == '-');
}

struct command_verdict command_judge(char *const words[], const struct command_user *user)
{
    struct command_verdict first = {COMMAND_REACHED, words[0], reached}, verdict;
    bool is_prefix = true;
    for (int i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
        const bool is_program = judge_word(words[i], user, &verdict);
        if (verdict.reach == COMMAND_ESCAPES || (verdict.reach == COMMAND_PRIVILEGED && is_prefix))
            return verdict;
        if (i == 0)
            first = verdict;
        is_prefix =
            is_prefix && (is_program || belongs_to_prefix(words[i], i == 0 ? NULL : words[i - 1]));
    }
    return first;
}
