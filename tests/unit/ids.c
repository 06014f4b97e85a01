/* SPDX-License-Identifier: MIT */
/* Whose ids they are, in user namespaces of the real kernel. */
#include "unit.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/ids.h"
#include "policy/policy.h"
#include "resident/peer.h"

#define OVERFLOW 65534

/* Runs a step in a user namespace where only one uid is mapped. Returns what it returned, or -1
   where there can be none. */
static int in_namespace(bool is_mapped, int (*step)(void))
{
    int status;
    const uid_t uid = geteuid();
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWUSER) != 0)
            _exit(99);
        FILE *map = is_mapped ? fopen("/proc/self/uid_map", "we") : NULL;
        if (map != NULL && (fprintf(map, "0 %u 1", uid) < 0 || fclose(map) != 0))
            _exit(99);
        _exit(step());
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

#define IN_NAMESPACE(is_mapped, step, expected)                                                    \
    do {                                                                                           \
        const int result = in_namespace(is_mapped, step);                                          \
        if (result < 0)                                                                            \
            skip();                                                                                \
        assert_int_equal(result, expected);                                                        \
    } while (0)

static int known_ids(void)
{
    return ids_are_known(IDENTITY_USER, OVERFLOW) + 2 * ids_are_known(IDENTITY_GROUP, OVERFLOW) +
           4 * ids_are_known(IDENTITY_USER, 0) + 8 * ids_are_known(IDENTITY_GROUP, 100);
}

static void namespace_that_maps_one_id__overflow_id_is_nobody_s(void **state)
{
    IN_NAMESPACE(true, known_ids, 4 + 8);
}

static void namespace_without_a_map__overflow_id_is_nobody_s(void **state)
{
    IN_NAMESPACE(false, known_ids, 4 + 8);
}

static void namespace_that_maps_all__overflow_id_is_a_user(void **state)
{
    unsigned long inside = 0, outside = 0, count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    assert_non_null(map);
    assert_int_equal(fscanf(map, "%lu %lu %lu", &inside, &outside, &count), 3);
    fclose(map);
    if (count < 4294967295 && (count < 2 || inside != 0))
        skip();
    /* In a child, as the others: the answer is kept. */
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(ids_are_known(IDENTITY_USER, OVERFLOW));
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), count == 4294967295);
}

static int decide_for(const char *text, size_t length)
{
    struct identity who;
    ids_of_caller(&who);
    const struct policy_question question = {
        .who = &who, .protocol = PROTOCOL_TCP, .address.family = AF_INET, .port = 80};
    return (int)policy_decide((struct span){text, length}, &question).verdict;
}

#define DECIDE(text) decide_for(text, sizeof(text) - 1)

static int decide_for_unmapped_user(void)
{
    return DECIDE("allow user 65534 tcp 80\n") + DECIDE("allow anyone tcp 80\n") +
           DECIDE("allow group 65534 tcp 80\n");
}

static void unmapped_user__matches_no_rule(void **state)
{
    IN_NAMESPACE(false, decide_for_unmapped_user, 3 * POLICY_NO_MATCH);
}

/* The groups stay those of the process, and none is mapped. */
static int decide_for_unmapped_group(void)
{
    return DECIDE("allow group 65534 tcp 80\n") * 10 + DECIDE("allow user 0 tcp 80\n");
}

static void unmapped_group__matches_no_rule(void **state)
{
    IN_NAMESPACE(true, decide_for_unmapped_group, POLICY_NO_MATCH * 10 + POLICY_ALLOW);
}

static int known_to_caller(void)
{
    struct identity who;
    ids_of_caller(&who);
    return identity_knows(&who, OVERFLOW) + 2 * identity_knows(&who, 0);
}

static void owner_that_is_not_mapped__not_known(void **state)
{
    IN_NAMESPACE(true, known_to_caller, 2);
}

static int look_at_peer(void)
{
    int pair[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
    return peer_is(pair[0], getuid());
}

static void unmapped_peer__is_nobody(void **state)
{
    IN_NAMESPACE(false, look_at_peer, false);
    IN_NAMESPACE(true, look_at_peer, true);
}

int run_ids_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespace_that_maps_one_id__overflow_id_is_nobody_s),
        cmocka_unit_test(namespace_without_a_map__overflow_id_is_nobody_s),
        cmocka_unit_test(namespace_that_maps_all__overflow_id_is_a_user),
        cmocka_unit_test(unmapped_user__matches_no_rule),
        cmocka_unit_test(unmapped_group__matches_no_rule),
        cmocka_unit_test(owner_that_is_not_mapped__not_known),
        cmocka_unit_test(unmapped_peer__is_nobody),
    };
    return cmocka_run_group_tests_name("ids in user namespaces", tests, NULL, NULL);
}
