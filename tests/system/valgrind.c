/* SPDX-License-Identifier: MIT */
/*
 * Scenarios of the host program below valgrind's memcheck, which watches the library too, in the
 * host and in its broker: no error there, and the host prints what it prints without valgrind. For
 * make valgrind, in place of all other groups.
 */
#include "system.h"

#include <unistd.h>

#define VALGRIND "/usr/bin/valgrind"

/*
 * Each kind of them. Not those that lower limits (valgrind lives in the same process, and forbids
 * or dies of it), that bind in a storm of signals (it takes minutes) or in a handler on a small
 * stack (of which valgrind itself wants more), or that pass bad pointers (which it reports).
 */
static const char *const scenarios[] = {
    "ipv4_any__bound",
    "ipv4_length_of_sockaddr_storage__bound",
    "ipv6_any__bound_dual_stack",
    "ipv6_link_local_with_scope__bound",
    "v4_mapped_v6only__EINVAL",
    "unspec_any_on_ipv4__bound",
    "not_a_socket__ENOTSOCK",
    "every_protocol__as_the_kernel",
    "port_taken__EADDRINUSE",
    "bound_twice__EINVAL",
    "bound_then_served__answers",
    "unprivileged_port__bound",
    "standard_descriptors_closed__bound",
    "socket_is_descriptor_2__bound",
    "environment_cleared__bound",
    "sigchld_ignored__bound",
    "thread_with_small_stack__bound",
    "threads_for_one_port__one_wins",
    "forked_child__bound",
    "forked_grandchild_daemon__bound",
    "errno_on_success__unchanged",
    "sigchld__never_sent",
    "wait_for_any__ECHILD",
    "signal_mask__unchanged",
    "descriptors__unchanged",
    "environment__unchanged",
};
#define COUNT (sizeof scenarios / sizeof scenarios[0])

static void below_valgrind(void **state)
{
    /* At its exit the broker, a fork(2) there, would write what the host has in stdio's buffers. */
    const char *const argv[] = {
        VALGRIND, "-q", "--error-exitcode=99", "--run-libc-freeres=no", HOST, *state, NULL};
    if (access(VALGRIND, X_OK) != 0)
        cannot_run("no valgrind");
    system_compare_run(HOST, *state, NULL,
                       &(struct run){.argv = argv, .environment = system_environment});
}

int run_valgrind_tests(void)
{
    struct CMUnitTest tests[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){scenarios[i], below_valgrind, system_setup, system_teardown,
                                       (void *)(uintptr_t)scenarios[i]};
    return cmocka_run_group_tests_name("below valgrind", tests, NULL, NULL);
}
