/* SPDX-License-Identifier: MIT */
#include "bind/ids.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "policy/file.h"

#define GROUPS_MAX 65536     /* NGROUPS_MAX of the kernel */
#define OVERFLOW_ID 65534ul  /* its usual value */
#define ALL_IDS (ID_MAX + 1) /* how many there are: 0 to ID_MAX */

static bool load_groups(struct identity *identity)
{
    static gid_t gids[GROUPS_MAX + 1];
    const int count = getgroups(GROUPS_MAX, gids);
    if (count < 0)
        return false;
    gids[count] = getgid();
    identity->gids = gids;
    identity->gid_count = (size_t)count + 1;
    identity->load_groups = NULL;
    return true;
}

bool ids_of_caller(struct identity *identity)
{
    *identity = (struct identity){.uid = getuid(),
                                  .load_groups = load_groups,
                                  .load = file_load_names,
                                  .is_known = ids_are_known};
    return identity->uid != (uid_t)-1; /* nobody's: the kernel did not say whose (start.c) */
}

/* Reads the beginning of a file in /proc; nothing if that cannot be had. */
static struct span read_start(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, size);
    close(fd);
    return (struct span){text, length < 0 ? 0 : (size_t)length};
}

static unsigned long overflow_id(enum identity_kind kind)
{
    char text[16];
    unsigned long id = OVERFLOW_ID;
    struct span rest = read_start(kind == IDENTITY_USER ? "/proc/sys/kernel/overflowuid"
                                                        : "/proc/sys/kernel/overflowgid",
                                  text, sizeof text);
    span_number(span_cut(&rest, '\n'), ID_MAX, &id);
    return id;
}

/* Lines of three numbers in columns: the first id inside, the first outside, how many. */
static unsigned long count_mapped(enum identity_kind kind)
{
    char text[4096];
    unsigned long all = 0;
    struct span rest = read_start(
        kind == IDENTITY_USER ? "/proc/self/uid_map" : "/proc/self/gid_map", text, sizeof text);
    while (rest.length > 0) {
        unsigned long count = 0;
        struct span line = span_cut(&rest, '\n'), column = {0};
        while (line.length > 0) {
            struct span next = span_cut(&line, ' ');
            column = next.length > 0 ? next : column;
        }
        span_number(column, ALL_IDS, &count);
        all += count;
    }
    return all;
}

/* Whether this is the first user namespace, which maps all ids and has always had this number
   (linux/nsfs.h, USER_NS_INIT_INO): one call instead of three, for most. */
static bool is_first_namespace(void)
{
    static const char first[] = "user:[4026531837]";
    char name[sizeof first];
    return readlink("/proc/self/ns/user", name, sizeof name) == sizeof first - 1 &&
           memcmp(name, first, sizeof first - 1) == 0;
}

/* The answer is kept: a namespace's map is written once. */
bool ids_are_known(enum identity_kind kind, unsigned long id)
{
    static struct {
        bool has_answer, is_known;
        unsigned long id;
    } last[2];
    if (!last[kind].has_answer || last[kind].id != id) {
        last[kind].is_known =
            is_first_namespace() || id != overflow_id(kind) || count_mapped(kind) >= ALL_IDS;
        last[kind].id = id;
        last[kind].has_answer = true;
    }
    return last[kind].is_known;
}
