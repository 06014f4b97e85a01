/* SPDX-License-Identifier: MIT */
/* Attacks by seeming somebody else, and on the files that decide. */
#include "attack.h"

#include <endian.h>
#include <err.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CONF PRIVBIND_CONF
#define FOREIGN_GID 4244

static void need_user_namespaces(const char *output)
{
    if (strstr(output, "no user namespace") != NULL)
        cannot_run("the attacker may not make a user namespace here");
}

static void own_user_namespace_with_own_policy__only_own_network(void **state)
{
    const char *output = attack("own_user_namespace");
    need_user_namespaces(output);
    assert_contains(output, "outer network: refused: this user namespace does not own the network, "
                            "so its capabilities have no effect there");
    assert_contains(output, "own network: bound\n");
    assert_contains(output, "outer network from the own: refused: ");
}

static void unmapped_user__is_not_nobody(void **state)
{
    sandbox_policy("allow user 65534,nobody tcp 80\nallow group 65534 tcp 80\n");
    const char *output = attack("unmapped_user_namespace");
    need_user_namespaces(output);
    assert_contains(output, "nobody: refused: ");
}

static void denied_group__cannot_be_dropped(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("a user namespace of an ordinary user has no supplementary groups to set");
    sandbox_policy("deny group servers\nallow anyone any\n");
    const char *output = attack("groups_cannot_be_dropped");
    assert_contains(output, "group: refused: " CONF ":1 denies it to user target");
    assert_lacks(output, "setgroups: done");
}

static void make_attacker_setid(uid_t uid, gid_t gid, mode_t mode)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid or gid");
    if (chown(ATTACKER, uid, gid) != 0 || chmod(ATTACKER, 0755 | mode) != 0)
        err(EXIT_FAILURE, ATTACKER);
}

static void setgid_program__real_group_counts(void **state)
{
    cannot_run_sanitized("its leak check cannot look into a setgid program");
    make_attacker_setid(0, FOREIGN_GID, S_ISGID);
    sandbox_policy("allow group 4244 tcp 80\n");
    assert_contains(attack("plain_try"),
                    "plain: refused: no rule allows user target (uid " TARGET_ID ")");
    sandbox_policy("deny group target\nallow anyone any\n");
    assert_contains(attack("plain_try"), "plain: refused: " CONF ":1 denies it to user target");
}

static void setuid_program__real_user_counts(void **state)
{
    cannot_run_sanitized("its leak check cannot look into a setuid program");
    make_attacker_setid(FOREIGN_UID, 0, S_ISUID);
    sandbox_policy("allow user 5000 tcp 80\n");
    assert_contains(attack("plain_try"),
                    "plain: refused: no rule allows user target (uid " TARGET_ID ")");
    sandbox_policy("deny user target\nallow anyone any\n");
    assert_contains(attack("plain_try"), "plain: refused: " CONF ":1 denies it to user target");
}

/* In ld.so.preload the library is in setuid programs too; their caller must not name a helper. */
static void setuid_program_with_the_library__environment_ignored(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid");
    cannot_run_sanitized("its runtime insists on being the first library");
    if (access(PRIVBIND_HELPER_PATH, F_OK) == 0)
        cannot_run("privbind is installed on this machine");
    const char *program = SANDBOX_DIR "/setuid-host";
    system_copy_built("host", program);
    if (chown(program, FOREIGN_UID, 0) != 0 || chmod(program, 04755) != 0)
        err(EXIT_FAILURE, "%s", program);
    sandbox_write_file("/etc/ld.so.preload", SANDBOX_LIBRARY "\n");
    const char *const argv[] = {program, "ipv4_any__bound", NULL};
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = system_environment});
    unlink("/etc/ld.so.preload");
    assert_contains(result->standard_error, "cannot execute " PRIVBIND_HELPER_PATH);
    assert_lacks(result->standard_error, SANDBOX_HELPER);
}

static const char *outcome_with_mode(mode_t mode)
{
    if (chmod("/etc", mode) != 0)
        err(EXIT_FAILURE, "/etc");
    return attack("plain_try");
}

static void policy_in_a_folder_of_others__denied(void **state)
{
    assert_contains(outcome_with_mode(0755), "plain: bound");
    assert_contains(outcome_with_mode(0777), CONF " is in a directory that is writable by group");
    assert_contains(outcome_with_mode(0775), CONF " is in a directory that is writable by group");
    assert_contains(outcome_with_mode(01777), "plain: bound"); /* root's files stay there */
    chmod("/etc", 0755);
    if (sandbox_is_user_namespace())
        return; /* nobody else there to own it */
    if (chown("/etc", TARGET_UID, 0) != 0)
        err(EXIT_FAILURE, "/etc");
    assert_contains(attack("plain_try"), CONF " is in a directory that is owned by uid " TARGET_ID);
    assert_contains(outcome_with_mode(01777),
                    CONF " is in a directory that is owned by uid " TARGET_ID);
    chmod("/etc", 0755);
    chown("/etc", 0, 0);
}

/* The policy's name leads to root's file or to the attacker's own, by turns. */
static void links_flipped_by_the_attacker__never_bound(void **state)
{
    if (sandbox_is_user_namespace())
        cannot_run("the attacker is the owner of every file there");
    sandbox_write_file(SANDBOX_DIR "/good", "deny anyone any\n");
    unlink(CONF);
    symlink(ATTACK_DIR "/policy", CONF);
    assert_string_equal(attack("links_flipped"), "bound: 0\nrefused some: 1\n");
    unlink(CONF);
}

/* posix_acl_xattr of linux/posix_acl_xattr.h: user::rw-, user:4242:rw-, group::r--, mask::rw-,
   other::r-- */
static void acl_for_others__denied(void **state)
{
    const struct {
        uint32_t version;
        struct {
            uint16_t tag, permissions;
            uint32_t id;
        } entries[5];
    } acl = {htole32(2),
             {{htole16(0x01), htole16(6), UINT32_MAX},
              {htole16(0x02), htole16(6), htole32(sandbox_uid())},
              {htole16(0x04), htole16(4), UINT32_MAX},
              {htole16(0x10), htole16(6), UINT32_MAX},
              {htole16(0x20), htole16(4), UINT32_MAX}}};
    if (setxattr(CONF, "system.posix_acl_access", &acl, sizeof acl, 0) != 0)
        cannot_run("no ACLs here: %s", strerror(errno));
    assert_contains(attack("plain_try"), CONF " is writable by group or others");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, attack_setup, attack_teardown)

int run_identity_attack_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(own_user_namespace_with_own_policy__only_own_network),
        TEST(unmapped_user__is_not_nobody),
        TEST(denied_group__cannot_be_dropped),
        TEST(setgid_program__real_group_counts),
        TEST(setuid_program__real_user_counts),
        TEST(setuid_program_with_the_library__environment_ignored),
        TEST(policy_in_a_folder_of_others__denied),
        TEST(links_flipped_by_the_attacker__never_bound),
        TEST(acl_for_others__denied),
    };
    return cmocka_run_group_tests_name("attacks by identity", tests, NULL, NULL);
}
