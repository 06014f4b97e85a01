/* SPDX-License-Identifier: MIT */
/*
 * What is measured: who, what, and the bars. The least that a delegated bind can cost is one new
 * program, so that starting and reaping an empty one is the measure; with posix_spawn(3), as most
 * programs start others, and with vfork(2), the cheapest way there is.
 */
#include "bench.h"

#include <err.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTHBIND "/usr/bin/authbind"

const char *const bench_library[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                     "PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
static const char *const helper_only[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER, NULL};
static const char *const authbind_wrapper[] = {AUTHBIND, "--deep", NULL};
static const char *const resident_wrapper[] = {
    SANDBOX_LAUNCHER, "-u", "target", "-a", "tcp 80-200", "-m", "preload", "--", NULL};
static const char *const seccomp_u_wrapper[] = {
    SANDBOX_LAUNCHER, "-u", "target", "-a", "tcp 80-200", "-m", "seccomp", "--", NULL};
static const char *const seccomp_wrapper[] = {SANDBOX_LAUNCHER, "-m", "seccomp", "--", NULL};
static const char *const kept_wrapper[] = {BENCH_STAND_IN, "kept", NULL};
static const char *const listening_wrapper[] = {BENCH_STAND_IN, "listening", NULL};
/* Where there is no helper, nobody but the process beside the worker can have bound. */
static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};
static const char *const library_only[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                           "PRIVBIND_HELPER=/nonexistent", NULL};

static void become_target(void)
{
    sandbox_become_target(false);
}

static void become_capable(void)
{
    sandbox_become_target(true);
}

/* The sandbox's securebits would take the meaning of a setuid program of root away. */
static void become_user(void)
{
    const gid_t gid = sandbox_uid();
    if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(sandbox_uid(), sandbox_uid(), sandbox_uid()) != 0)
        err(EXIT_FAILURE, "ids");
}

/* Another way to bind is one more of these, and rows for it below. */
static const struct contender none = {.name = "-", .become = become_target};
static const struct contender kernel = {.name = "kernel", .become = become_capable};
static const struct contender privbind = {
    .name = "privbind", .environment = bench_library, .become = become_target};
static const struct contender authbind = {.name = "authbind",
                                          .wrapper = authbind_wrapper,
                                          .become = become_user,
                                          .needs_root = true,
                                          .needs = AUTHBIND};
static const struct contender kept = {
    .name = "1.x", .wrapper = kept_wrapper, .become = become_capable};
static const struct contender listening = {.name = "stand-in",
                                           .wrapper = listening_wrapper,
                                           .environment = library_only,
                                           .become = become_capable};
/* The launcher's: a process stays beside the worker. In a user namespace there is no other uid. */
static const struct contender resident = {
    .name = "resident", .wrapper = resident_wrapper, .environment = no_helper, .needs_root = true};
static const struct contender seccomp_u = {.name = "seccomp-u",
                                           .wrapper = seccomp_u_wrapper,
                                           .environment = no_helper,
                                           .needs_root = true};
static const struct contender seccomp = {.name = "seccomp",
                                         .wrapper = seccomp_wrapper,
                                         .environment = helper_only,
                                         .become = become_target};

enum { UNPRIVILEGED, DELEGATED, BESIDE, RESIDENT, THREADS, POLICIES, START_UP, GROUPS };

enum {
    PLAIN,
    PLAIN_LIBRARY,
    FLOOR,
    FLOOR_VFORK,
    KERNEL,
    PRIVBIND,
    AUTHBIND_HERE,
    KERNEL_ALONE,
    PRIVBIND_ALONE,
    KEPT,
    LISTENING,
    RESIDENT_HELPER,
    SECCOMP_U,
    SECCOMP,
    PRIVBIND_0,
    PRIVBIND_1,
    PRIVBIND_4,
    AUTHBIND_0,
    AUTHBIND_1,
    AUTHBIND_4,
    ONE_THREAD,
    THREADS_8,
    THREADS_32,
    RULES_1,
    RULES_100,
    RULES_10000,
    TRUE,
    TRUE_LIBRARY,
    PYTHON,
    PYTHON_LIBRARY,
    ROWS
};

#define BIND(port, count, mib, threads) .arguments = {"bind", port, count, mib, threads}
#define RULES(count) SANDBOX_DIR "/rules-" count

const struct row bench_rows[] = {
    [PLAIN] = {UNPRIVILEGED, "unprivileged port", &none, BIND("2000", "64", "0", "0")},
    [PLAIN_LIBRARY] = {UNPRIVILEGED, "unprivileged port", &privbind, BIND("2000", "64", "0", "0"),
                       .comparisons = {{PLAIN, 1.05, 0, "without library"}}},

    [FLOOR] = {DELEGATED, "empty program, posix_spawn", &none, .arguments = {"spawn", BENCH_EMPTY}},
    [FLOOR_VFORK] = {DELEGATED, "empty program, vfork", &none, .arguments = {"vfork", BENCH_EMPTY}},
    [KERNEL] = {DELEGATED, "privileged port", &kernel, BIND("80", "1", "0", "0")},
    [PRIVBIND] = {DELEGATED, "privileged port", &privbind, BIND("80", "1", "0", "0"),
                  .comparisons = {{FLOOR, 1.25, 0, "posix_spawn"},
                                  {FLOOR_VFORK, 0, 0, "vfork"},
                                  {AUTHBIND_HERE, 0.2, 0, "authbind"}}},
    [AUTHBIND_HERE] = {DELEGATED, "privileged port", &authbind, BIND("80", "1", "0", "0")},

    /* Apart from those that fork, which leave cold caches behind. */
    [KERNEL_ALONE] = {BESIDE, "privileged port", &kernel, BIND("80", "1", "0", "0")},
    [PRIVBIND_ALONE] = {BESIDE, "privileged port", &privbind, BIND("80", "1", "0", "0"),
                        .comparisons = {{KERNEL_ALONE, 0, 0, "kernel"}}},
    /* privbind 1.x kept a descriptor open in the program; a library that keeps none has to make a
       process and a connection for each bind, and can at best be as fast as with the second. */
    [KEPT] = {BESIDE, "kept descriptor, unchecked", &kept, .arguments = {"ask", "80"}},
    [LISTENING] = {BESIDE, "resident helper, unchecked", &listening, BIND("80", "1", "0", "0"),
                   .comparisons = {{KEPT, 0, 0, "1.x"}}},
    [RESIDENT_HELPER] = {BESIDE, "resident helper, root's", &resident, BIND("80", "1", "0", "0"),
                         .comparisons = {{KEPT, 3, 0, "1.x"},
                                         {LISTENING, 0, 0, "stand-in"},
                                         {PRIVBIND_ALONE, 0, 0, "privbind"}}},
    [SECCOMP_U] = {BESIDE, "supervisor, root's", &seccomp_u, BIND("80", "1", "0", "0"),
                   .comparisons = {{KEPT, 1, 0.5, "1.x"}, {PRIVBIND_ALONE, 0, 0, "privbind"}}},
    [SECCOMP] = {BESIDE, "supervisor, a user's", &seccomp, BIND("80", "1", "0", "0"),
                 .comparisons = {{KEPT, 1, 0.5, "1.x"}, {PRIVBIND_ALONE, 0, 0, "privbind"}}},

    [PRIVBIND_0] = {RESIDENT, "0 GiB resident", &privbind, BIND("80", "1", "0", "0")},
    [PRIVBIND_1] = {RESIDENT, "1 GiB resident", &privbind, BIND("80", "1", "1024", "0"), .gib = 1,
                    .comparisons = {{PRIVBIND_0, 1.1, 0, "0 GiB"}}},
    [PRIVBIND_4] = {RESIDENT, "4 GiB resident", &privbind, BIND("80", "1", "4096", "0"), .gib = 4,
                    .comparisons = {{PRIVBIND_0, 1.1, 0, "0 GiB"}}},
    [AUTHBIND_0] = {RESIDENT, "0 GiB resident", &authbind, BIND("80", "1", "0", "0")},
    [AUTHBIND_1] = {RESIDENT, "1 GiB resident", &authbind, BIND("80", "1", "1024", "0"), .gib = 1,
                    .comparisons = {{AUTHBIND_0, 0, 0, "0 GiB"}}},
    [AUTHBIND_4] = {RESIDENT, "4 GiB resident", &authbind, BIND("80", "1", "4096", "0"), .gib = 4,
                    .comparisons = {{AUTHBIND_0, 0, 0, "0 GiB"}}},

    [ONE_THREAD] = {THREADS, "1 thread", &privbind, BIND("80", "1", "0", "1")},
    [THREADS_8] = {THREADS, "8 threads, each bind", &privbind, BIND("80", "8", "0", "8"),
                   .comparisons = {{ONE_THREAD, 0, 0, "1 thread"}}},
    [THREADS_32] = {THREADS, "32 threads, each bind", &privbind, BIND("80", "32", "0", "32"),
                    .comparisons = {{ONE_THREAD, 0, 0, "1 thread"}}},

    [RULES_1] = {POLICIES, "1 rule, 1,000 users", &privbind, BIND("80", "1", "0", "0"),
                 .policy = RULES("1")},
    [RULES_100] = {POLICIES, "100 rules, 1,000 users", &privbind, BIND("80", "1", "0", "0"),
                   .policy = RULES("100"), .comparisons = {{RULES_1, 1.3, 0, "1 rule"}}},
    [RULES_10000] = {POLICIES, "10,000 rules, 1,000 users", &privbind, BIND("80", "1", "0", "0"),
                     .policy = RULES("10000"), .comparisons = {{RULES_1, 0, 0, "1 rule"}}},

    [TRUE] = {START_UP, "/bin/true", &none, .arguments = {"spawn", "/bin/true"}},
    [TRUE_LIBRARY] = {START_UP, "/bin/true", &privbind, .arguments = {"spawn", "/bin/true"},
                      .comparisons = {{TRUE, 1.05, 0, "without library"}}},
    [PYTHON] = {START_UP, "python3", &none,
                .arguments = {"spawn", "/usr/bin/python3", "-c", "pass"},
                .needs = "/usr/bin/python3"},
    [PYTHON_LIBRARY] = {START_UP, "python3", &privbind,
                        .arguments = {"spawn", "/usr/bin/python3", "-c", "pass"},
                        .needs = "/usr/bin/python3",
                        .comparisons = {{PYTHON, 1.05, 0, "without library"}}},
};

const unsigned bench_row_count = ROWS, bench_group_count = GROUPS;
