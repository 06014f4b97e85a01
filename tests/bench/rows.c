/* SPDX-License-Identifier: MIT */
/*
 * What is measured: who, what, and beside what. The least that a delegated bind can cost is one new
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
static const char *const kept_wrapper[] = {BENCH_KEPT, NULL};
/* Where there is no helper, nobody but the process beside the worker can have bound. */
static const char *const no_helper[] = {"PRIVBIND_HELPER=/nonexistent", NULL};

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
static const struct contender none = {.name = "without privbind", .become = become_target};
static const struct contender kernel = {.name = "with the capability", .become = become_capable};
static const struct contender privbind = {
    .name = "library", .environment = bench_library, .become = become_target};
static const struct contender authbind = {.name = "authbind",
                                          .wrapper = authbind_wrapper,
                                          .become = become_user,
                                          .needs_root = true,
                                          .needs = AUTHBIND};
static const struct contender kept = {
    .name = "privbind 1.x", .wrapper = kept_wrapper, .become = become_capable};
/* The launcher's: a process stays alongside the worker. In a user namespace there is no other uid.
 */
static const struct contender resident = {.name = "privbind -u, resident helper",
                                          .wrapper = resident_wrapper,
                                          .environment = no_helper,
                                          .needs_root = true};
static const struct contender seccomp_u = {.name = "privbind -u, supervisor",
                                           .wrapper = seccomp_u_wrapper,
                                           .environment = no_helper,
                                           .needs_root = true};
static const struct contender seccomp = {.name = "privbind, supervisor",
                                         .wrapper = seccomp_wrapper,
                                         .environment = helper_only,
                                         .become = become_target};

enum {
    UNPRIVILEGED,
    DELEGATED,
    BESIDE,
    DESCRIPTORS,
    RESIDENT,
    THREADS,
    POLICIES,
    START_UP,
    GROUPS
};

const char *const bench_groups[] = {
    [UNPRIVILEGED] = "A port that needs no privilege",
    [DELEGATED] = "A privileged port, with a helper started for each bind",
    [BESIDE] = "A privileged port, with a process that stays alongside the program",
    [DESCRIPTORS] = "A privileged port, depending on which descriptors are open",
    [RESIDENT] = "A privileged port, depending on the memory of the program",
    [THREADS] = "A privileged port, many threads binding at once (total time / number of threads)",
    [POLICIES] = "A privileged port, depending on the length of the policy (1,000 users in passwd)",
    [START_UP] = "Starting a program, and waiting for it to exit",
};

enum {
    PLAIN,
    PLAIN_LIBRARY,
    PLAIN_SECCOMP_U,
    PLAIN_SECCOMP,
    FLOOR,
    FLOOR_VFORK,
    KERNEL,
    PRIVBIND,
    AUTHBIND_HERE,
    KERNEL_ALONE,
    PRIVBIND_ALONE,
    KEPT,
    RESIDENT_HELPER,
    SECCOMP_U,
    SECCOMP,
    NONE_OPEN,
    LOW_1000,
    LOW_10000,
    HIGH_1000,
    HIGH_10000,
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
#define BIND_WITH(open, where) .arguments = {"bind", "80", "1", "0", "0", open, where}
#define UNPRIVILEGED_PORT BIND("2000", "64", "0", "0")
#define PORT_80 BIND("80", "1", "0", "0")
#define RULES(count) SANDBOX_DIR "/rules-" count

const struct row bench_rows[] = {
    [PLAIN] = {UNPRIVILEGED, "bind, port 2000", &none, UNPRIVILEGED_PORT},
    [PLAIN_LIBRARY] = {UNPRIVILEGED, "bind, port 2000", &privbind, UNPRIVILEGED_PORT,
                       .comparisons = {{PLAIN, "without privbind"}}},
    [PLAIN_SECCOMP_U] = {UNPRIVILEGED, "bind, port 2000", &seccomp_u, UNPRIVILEGED_PORT,
                         .comparisons = {{PLAIN, "without privbind"}}},
    [PLAIN_SECCOMP] = {UNPRIVILEGED, "bind, port 2000", &seccomp, UNPRIVILEGED_PORT,
                       .comparisons = {{PLAIN, "without privbind"}}},

    [FLOOR] = {DELEGATED, "empty program, posix_spawn", &none, .arguments = {"spawn", BENCH_EMPTY}},
    [FLOOR_VFORK] = {DELEGATED, "empty program, vfork", &none, .arguments = {"vfork", BENCH_EMPTY}},
    [KERNEL] = {DELEGATED, "bind, port 80", &kernel, PORT_80},
    [PRIVBIND] = {DELEGATED, "bind, port 80", &privbind, PORT_80,
                  .comparisons = {{FLOOR, "posix_spawn"},
                                  {FLOOR_VFORK, "vfork"},
                                  {AUTHBIND_HERE, "authbind"}}},
    [AUTHBIND_HERE] = {DELEGATED, "bind, port 80", &authbind, PORT_80,
                       .comparisons = {{FLOOR, "posix_spawn"}}},

    /* Apart from those that fork, which leave cold caches behind. */
    [KERNEL_ALONE] = {BESIDE, "bind, port 80", &kernel, PORT_80},
    [PRIVBIND_ALONE] = {BESIDE, "bind, port 80", &privbind, PORT_80,
                        .comparisons = {{KEPT, "privbind 1.x"}}},
    /* privbind 1.x kept a descriptor open in the program; a library that keeps none has to make a
       process and a connection for each bind. */
    [KEPT] = {BESIDE, "bind, port 80", &kept, .arguments = {"ask", "80"}},
    [RESIDENT_HELPER] = {BESIDE, "bind, port 80", &resident, PORT_80,
                         .comparisons = {{KEPT, "privbind 1.x"}, {PRIVBIND_ALONE, "library"}}},
    [SECCOMP_U] = {BESIDE, "bind, port 80", &seccomp_u, PORT_80,
                   .comparisons = {{KEPT, "privbind 1.x"}, {PRIVBIND_ALONE, "library"}}},
    [SECCOMP] = {BESIDE, "bind, port 80", &seccomp, PORT_80,
                 .comparisons = {{KEPT, "privbind 1.x"}, {PRIVBIND_ALONE, "library"}}},

    [NONE_OPEN] = {DESCRIPTORS, "none", &privbind, PORT_80},
    [LOW_1000] = {DESCRIPTORS, "1,000 above the socket", &privbind, BIND_WITH("1000", "low"),
                  .comparisons = {{NONE_OPEN, "none"}}},
    [LOW_10000] = {DESCRIPTORS, "10,000 above the socket", &privbind, BIND_WITH("10000", "low"),
                   .comparisons = {{NONE_OPEN, "none"}}},
    [HIGH_1000] = {DESCRIPTORS, "1,000 below the socket", &privbind, BIND_WITH("1000", "high"),
                   .comparisons = {{NONE_OPEN, "none"}}},
    [HIGH_10000] = {DESCRIPTORS, "10,000 below the socket", &privbind, BIND_WITH("10000", "high"),
                    .comparisons = {{NONE_OPEN, "none"}}},

    [PRIVBIND_0] = {RESIDENT, "0 GiB", &privbind, PORT_80},
    [PRIVBIND_1] = {RESIDENT, "1 GiB", &privbind, BIND("80", "1", "1024", "0"), .gib = 1,
                    .comparisons = {{PRIVBIND_0, "0 GiB"}}},
    [PRIVBIND_4] = {RESIDENT, "4 GiB", &privbind, BIND("80", "1", "4096", "0"), .gib = 4,
                    .comparisons = {{PRIVBIND_0, "0 GiB"}}},
    [AUTHBIND_0] = {RESIDENT, "0 GiB", &authbind, PORT_80},
    [AUTHBIND_1] = {RESIDENT, "1 GiB", &authbind, BIND("80", "1", "1024", "0"), .gib = 1,
                    .comparisons = {{AUTHBIND_0, "0 GiB"}}},
    [AUTHBIND_4] = {RESIDENT, "4 GiB", &authbind, BIND("80", "1", "4096", "0"), .gib = 4,
                    .comparisons = {{AUTHBIND_0, "0 GiB"}}},

    [ONE_THREAD] = {THREADS, "1 thread", &privbind, BIND("80", "1", "0", "1")},
    [THREADS_8] = {THREADS, "8 threads", &privbind, BIND("80", "8", "0", "8"),
                   .comparisons = {{ONE_THREAD, "1 thread"}}},
    [THREADS_32] = {THREADS, "32 threads", &privbind, BIND("80", "32", "0", "32"),
                    .comparisons = {{ONE_THREAD, "1 thread"}}},

    [RULES_1] = {POLICIES, "1 rule", &privbind, PORT_80, .policy = RULES("1")},
    [RULES_100] = {POLICIES, "100 rules", &privbind, PORT_80, .policy = RULES("100"),
                   .comparisons = {{RULES_1, "1 rule"}}},
    [RULES_10000] = {POLICIES, "10,000 rules", &privbind, PORT_80, .policy = RULES("10000"),
                     .comparisons = {{RULES_1, "1 rule"}}},

    [TRUE] = {START_UP, "/bin/true", &none, .arguments = {"spawn", "/bin/true"}},
    [TRUE_LIBRARY] = {START_UP, "/bin/true", &privbind, .arguments = {"spawn", "/bin/true"},
                      .comparisons = {{TRUE, "without privbind"}}},
    [PYTHON] = {START_UP, "python3", &none,
                .arguments = {"spawn", "/usr/bin/python3", "-c", "pass"},
                .needs = "/usr/bin/python3"},
    [PYTHON_LIBRARY] = {START_UP, "python3", &privbind,
                        .arguments = {"spawn", "/usr/bin/python3", "-c", "pass"},
                        .needs = "/usr/bin/python3", .comparisons = {{PYTHON, "without privbind"}}},
};

const struct group_range bench_growth = {DESCRIPTORS, POLICIES};
const unsigned bench_row_count = ROWS, bench_group_count = GROUPS;
