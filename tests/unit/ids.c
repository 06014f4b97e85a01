/* SPDX-License-Identifier: MIT */
/* Whose ids they are, in user namespaces of the real kernel. */
#include "unit.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/ids.h"
#include "policy/policy.h"
#include "resident/peer.h"

#define OVERFLOW 65534

/* As uid_map or gid_map of the process. */
static bool write_map(pid_t pid, const char *which, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, which);
    FILE *map = fopen(path, "we");
    return map != NULL && fprintf(map, "%s", text) > 0 && fclose(map) == 0;
}

/* Runs a step in a user namespace with these maps; NULL: without. Returns what it returned, or -1
   where there can be none. */
static int in_namespace(const char *uids, const char *gids, int (*step)(void))
{
    int status, ready[2], go[2];
    char byte;
    assert_int_equal(pipe(ready) + pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWUSER) != 0 || write(ready[1], "", 1) != 1 ||
            read(go[0], &byte, 1) != 1 || byte != 0)
            _exit(99);
        _exit(step());
    }
    close(ready[1]);
    const bool is_mapped = read(ready[0], &byte, 1) == 1 &&
                           (uids == NULL || write_map(pid, "uid_map", uids)) &&
                           (gids == NULL || write_map(pid, "gid_map", gids));
    assert_int_equal(write(go[1], is_mapped ? "" : "x", 1), 1);
    close(ready[0]);
    close(go[0]);
    close(go[1]);
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

static const char *one_id(void)
{
    static char text[32];
    snprintf(text, sizeof text, "0 %u 1", geteuid());
    return text;
}

#define IN_NAMESPACE(uids, gids, step, expected)                                                   \
    do {                                                                                           \
        const int result = in_namespace(uids, gids, step);                                         \
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
    IN_NAMESPACE(one_id(), NULL, known_ids, 4 + 8);
}

static void namespace_without_a_map__overflow_id_is_nobody_s(void **state)
{
    IN_NAMESPACE(NULL, NULL, known_ids, 4 + 8);
}

#define ALL "0 0 4294967295"
#define ALL_IN_TWO "0 0 65534\n65534 65534 4294901761"
#define ALL_BUT_ONE "0 0 4294967294"

/* Only root can make one. */
static void namespace_that_maps_all__overflow_id_is_a_user(void **state)
{
    IN_NAMESPACE(ALL, ALL_IN_TWO, known_ids, 1 + 2 + 4 + 8);
    IN_NAMESPACE(ALL_IN_TWO, ALL, known_ids, 1 + 2 + 4 + 8);
}

static void namespace_that_maps_all_but_one__overflow_id_is_nobody_s(void **state)
{
    IN_NAMESPACE(ALL_BUT_ONE, ALL, known_ids, 2 + 4 + 8);
    IN_NAMESPACE(ALL, ALL_BUT_ONE, known_ids, 1 + 4 + 8);
}

static void first_namespace__every_id_is_a_user_s(void **state)
{
    char name[32] = "";
    if (readlink("/proc/self/ns/user", name, sizeof name - 1) < 0 ||
        strcmp(name, "user:[4026531837]") != 0)
        skip();
    /* In a child, as the others: the answer is kept. */
    pid_t pid = fork();
    if (pid == 0)
        _exit(known_ids());
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 1 + 2 + 4 + 8);
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
    IN_NAMESPACE(NULL, NULL, decide_for_unmapped_user, 3 * POLICY_NO_MATCH);
}

/* The groups stay those of the process, and none is mapped. */
static int decide_for_unmapped_group(void)
{
    return DECIDE("allow group 65534 tcp 80\n") * 10 + DECIDE("allow user 0 tcp 80\n");
}

static void unmapped_group__matches_no_rule(void **state)
{
    IN_NAMESPACE(one_id(), NULL, decide_for_unmapped_group, POLICY_NO_MATCH * 10 + POLICY_ALLOW);
}

static int known_to_caller(void)
{
    struct identity who;
    ids_of_caller(&who);
    return identity_knows(&who, OVERFLOW) + 2 * identity_knows(&who, 0);
}

static void owner_that_is_not_mapped__not_known(void **state)
{
    IN_NAMESPACE(one_id(), NULL, known_to_caller, 2);
}

static int look_at_peer(void)
{
    int pair[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
    return peer_is(pair[0], getuid());
}

static void unmapped_peer__is_nobody(void **state)
{
    IN_NAMESPACE(NULL, NULL, look_at_peer, false);
    IN_NAMESPACE(one_id(), NULL, look_at_peer, true);
}

int run_ids_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespace_that_maps_one_id__overflow_id_is_nobody_s),
        cmocka_unit_test(namespace_without_a_map__overflow_id_is_nobody_s),
        cmocka_unit_test(namespace_that_maps_all__overflow_id_is_a_user),
        cmocka_unit_test(namespace_that_maps_all_but_one__overflow_id_is_nobody_s),
        cmocka_unit_test(first_namespace__every_id_is_a_user_s),
        cmocka_unit_test(unmapped_user__matches_no_rule),
        cmocka_unit_test(unmapped_group__matches_no_rule),
        cmocka_unit_test(owner_that_is_not_mapped__not_known),
        cmocka_unit_test(unmapped_peer__is_nobody),
    };
    return cmocka_run_group_tests_name("ids in user namespaces", tests, NULL, NULL);
}
