/* SPDX-License-Identifier: MIT */
/*
 * The library is linked with no libc, so that one file serves them all. What it can use of the
 * host's libc it takes as weak symbols, absent (NULL) in a libc that lacks them.
 */
#include "environment.h"

#include <stddef.h>
#include <sys/auxv.h>

/* As in <dlfcn.h>, which shows it only with _GNU_SOURCE; glibc and musl agree on the value. */
#define NEXT_OBJECT ((void *)-1l)

#define SOCKET_NAME_MAX 109 /* of sun_path, and a NUL */

extern void *dlsym(void *, const char *) __attribute__((weak));
extern unsigned long getauxval(unsigned long) __attribute__((weak));
extern const char *gnu_get_libc_version(void) __attribute__((weak));
extern char **environ __attribute__((weak));

/* Written by the constructor, before the host has threads; complete is stored last. */
static struct {
    bool complete;
    struct settings settings;
    bind_function *next;
    char helper[4096];
    char socket[SOCKET_NAME_MAX];
} copied;

static const char *value_of(char **variables, const char *name)
{
    for (; variables != NULL && *variables != NULL; variables++) {
        const char *entry = *variables;
        size_t i = 0;
        while (name[i] != '\0' && entry[i] == name[i])
            i++;
        if (name[i] == '\0' && entry[i] == '=')
            return entry + i + 1;
    }
    return NULL;
}

static bool is_on(char **variables, const char *name)
{
    const char *value = value_of(variables, name);
    return value != NULL && value[0] == '1' && value[1] == '\0';
}

/* valgrind preloads a library of its own into what it runs. */
static bool is_below_valgrind(char **variables)
{
    static const char mark[] = "/vgpreload_core-";
    const char *list = value_of(variables, "LD_PRELOAD");
    for (; list != NULL && *list != '\0'; list++) {
        size_t i = 0;
        while (mark[i] != '\0' && list[i] == mark[i])
            i++;
        if (mark[i] == '\0')
            return true;
    }
    return false;
}

static struct settings settings_from(char **variables)
{
    struct settings settings = {.helper = PRIVBIND_HELPER_PATH, .stderr_at_start = stderr_look()};

    /* If it is listed in /etc/ld.so.preload, the library is loaded into setuid programs too. Their
       caller must not choose what they execute, nor silence them. */
    if (getauxval == NULL || getauxval(AT_SECURE) != 0)
        return settings;
    const char *helper = value_of(variables, "PRIVBIND_HELPER");
    if (helper != NULL && helper[0] != '\0')
        settings.helper = helper;
    const char *name = value_of(variables, "PRIVBIND_SOCKET");
    if (name != NULL && name[0] == '@')
        settings.socket = name;
    settings.quiet = is_on(variables, "PRIVBIND_QUIET");
    settings.debug = is_on(variables, "PRIVBIND_DEBUG");
    settings.below_valgrind = is_below_valgrind(variables);
    return settings;
}

static bind_function *find_next_bind(void)
{
    return dlsym == NULL ? NULL : (bind_function *)dlsym(NEXT_OBJECT, "bind");
}

/* Returns the copy, or NULL if there is nothing to copy or it does not fit. */
static const char *keep(const char *value, char *copy, size_t size)
{
    size_t i = 0;
    while (value != NULL && i < size && (copy[i] = value[i]) != '\0')
        i++;
    return value != NULL && i < size ? copy : NULL;
}

static char **current_variables(void)
{
    return &environ == NULL ? NULL : environ;
}

/*
 * A host may clear its environment later, and dlsym is not async-signal-safe: both are dealt with
 * here. glibc may run this before environ is set, but hands its constructors the environment; musl
 * hands them nothing, but has set environ by then.
 */
__attribute__((constructor)) static void copy_environment(int argc, char **argv, char **variables)
{
    (void)argc;
    (void)argv;
    if (current_variables() != NULL || gnu_get_libc_version == NULL)
        variables = current_variables();
    copied.settings = settings_from(variables);
    struct settings *settings = &copied.settings;
    settings->helper = keep(settings->helper, copied.helper, sizeof copied.helper);
    /* A path too long to keep is too long for execve(2) as well: the default serves no worse. */
    if (settings->helper == NULL)
        settings->helper = PRIVBIND_HELPER_PATH;
    settings->socket = keep(settings->socket, copied.socket, sizeof copied.socket);
    copied.next = find_next_bind();
    __atomic_store_n(&copied.complete, true, __ATOMIC_RELEASE);
}

/* Another library's constructor may bind before ours has run; then nothing is kept yet. */
static bool is_complete(void)
{
    return __atomic_load_n(&copied.complete, __ATOMIC_ACQUIRE);
}

struct settings environment_settings(void)
{
    return is_complete() ? copied.settings : settings_from(current_variables());
}

bind_function *environment_next_bind(void)
{
    return is_complete() ? copied.next : find_next_bind();
}
