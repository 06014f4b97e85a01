/* SPDX-License-Identifier: MIT */
/*
 * "privbind -u USER[:GROUP]": never root, the groups of the user and no others. The first line of
 * the input is the argument; passwd and group follow, as in input.h.
 */
#include "resident/account.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "generate.h"
#include "input.h"

enum { REFUSED, NUMBER, NAMED };
static const char *const outcomes[] = {"refused", "number", "named", NULL};

#define ID_NONE 4294967295ul

static bool is_within(struct span text, struct span part)
{
    return part.length == 0 ||
           (part.at >= text.at && part.at + part.length <= text.at + text.length);
}

static struct naive_text naive(struct span text)
{
    return (struct naive_text){text.at, text.length};
}

/* USER, and GROUP or else NULL, with the texts that they are looked up in. */
struct expected {
    const char *user, *group;
    struct id_names known;
};

/* That the ids are those that were asked for. */
static void check_ids(const struct expected *expected, const struct account *account)
{
    char *name = calloc(1, account->name.length + 1);
    unsigned long id;
    memcpy(name, account->name.at, account->name.length);
    FUZZ_CHECK(account->uid != 0 && account->uid != ID_NONE && account->gid != ID_NONE);
    if (naive_number(expected->user, ID_NONE - 1, &id))
        FUZZ_CHECK(account->uid == id);
    else
        FUZZ_CHECK(strcmp(name, expected->user) == 0 &&
                   naive_has_id(naive(expected->known.passwd), name, account->uid));
    if (expected->group == NULL)
        FUZZ_CHECK(account->name.length > 0 || account->gid == account->uid);
    else if (naive_number(expected->group, ID_NONE - 1, &id))
        FUZZ_CHECK(account->gid == id);
    else
        FUZZ_CHECK(naive_has_id(naive(expected->known.group), expected->group, account->gid));
    free(name);
}

/* Whether a line of group(5) has that id and lists the user: :ID:...,USER,... */
static bool is_listed(struct span line, gid_t gid, struct span user)
{
    const struct span name = span_cut(&line, ':');
    unsigned long id;
    span_cut(&line, ':');
    const struct span number = span_cut(&line, ':');
    if (name.length == 0 || strchr("#+-", name.at[0]) != NULL ||
        !span_number(number, ID_NONE - 1, &id) || id != gid)
        return false;
    while (line.length > 0) {
        if (span_equal(span_cut(&line, ','), user))
            return true;
    }
    return false;
}

static bool has_group(const struct account *account, gid_t gid)
{
    for (size_t i = 0; i < account->group_count; i++) {
        if (account->groups[i] == gid)
            return true;
    }
    return false;
}

static void check_groups(const struct account *account, struct span group)
{
    size_t justified = 0;
    FUZZ_CHECK(account->group_count >= 1 && account->group_count <= ACCOUNT_GROUPS_MAX);
    FUZZ_CHECK(has_group(account, account->gid));
    for (size_t i = 0; i < account->group_count; i++) {
        FUZZ_CHECK(i == 0 || account->groups[i - 1] < account->groups[i]);
        bool listed = account->groups[i] == account->gid;
        for (struct span rest = group; !listed && account->name.length > 0 && rest.length > 0;)
            listed = is_listed(span_cut(&rest, '\n'), account->groups[i], account->name);
        justified += listed;
    }
    FUZZ_CHECK(justified == account->group_count);
}

static int try_account(const char *spec, const struct expected *expected)
{
    static struct account account; /* of 256 KiB */
    char error[REASON_MAX] = "";
    if (!account_resolve(spec, &expected->known, &account, error)) {
        FUZZ_CHECK(error[0] != '\0' && strnlen(error, sizeof error) < sizeof error);
        return REFUSED;
    }
    FUZZ_CHECK(is_within(expected->known.passwd, account.name));
    FUZZ_CHECK(is_within(expected->known.passwd, account.home));
    check_ids(expected, &account);
    check_groups(&account, expected->known.group);
    return account.name.length > 0 ? NAMED : NUMBER;
}

static int run(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size};
    const struct span first = span_cut(&rest, '\n');
    if (first.length > 0 && memchr(first.at, '\0', first.length) != NULL)
        return FUZZ_REJECTED; /* no argument can hold it */
    char *spec = calloc(1, first.length + 1), *user = calloc(1, first.length + 1);
    if (first.length > 0) {
        memcpy(spec, first.at, first.length);
        memcpy(user, first.at, first.length);
    }
    struct expected expected;
    char *group = user;
    expected.user = strsep(&group, ":");
    expected.group = group;
    expected.known.passwd = input_copy(span_cut(&rest, '\f'));
    expected.known.group = input_copy(span_cut(&rest, '\f'));
    const int outcome = try_account(spec, &expected);
    free((void *)(uintptr_t)expected.known.passwd.at);
    free((void *)(uintptr_t)expected.known.group.at);
    free(user);
    free(spec);
    return outcome;
}

const struct fuzz_target fuzz_account = {"account", outcomes, run, generate_account_input};
