/* SPDX-License-Identifier: MIT */
#include "doctor/check_holder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/report.h"
#include "policy/rule.h"

#define TCP_LISTEN 0x0A

struct holder {
    unsigned long uid, inode;
};

/* Eight digits are one word, in the machine's byte order, of an address in network byte order. */
static struct ip_address parse_address(const char *digits)
{
    unsigned char bytes[16] = {0};
    size_t words = strcspn(digits, ":") / 8;
    for (size_t i = 0; i < words && i < 4; i++) {
        char word[9] = {0};
        memcpy(word, digits + 8 * i, 8);
        const uint32_t value = (uint32_t)strtoul(word, NULL, 16);
        memcpy(bytes + 4 * i, &value, sizeof value);
    }
    if (words == 4)
        return address_from_ipv6(bytes);
    struct ip_address ipv4 = {.family = AF_INET};
    memcpy(ipv4.bytes, bytes, 4);
    return ipv4;
}

/* "::" takes IPv4 too, unless its socket says otherwise, which cannot be seen here. */
static bool takes(const struct ip_address *wildcard, const struct ip_address *address)
{
    return address_is_wildcard(wildcard) &&
           (wildcard->family == AF_INET6 || wildcard->family == address->family);
}

static bool collide(const struct ip_address *left, const struct ip_address *right)
{
    return takes(left, right) || takes(right, left) ||
           (left->family == right->family &&
            memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0);
}

/*
 * Reads one line: number, local address:port, remote address:port, state, three that do not matter
 * here, uid, timeout, inode. Returns whether it is in the way of target.
 */
static bool parse_line(char *line, bool is_tcp, const struct target *target, struct holder *holder)
{
    enum { LOCAL = 1, STATE = 3, UID = 7, INODE = 9, COUNT };
    char *words[COUNT], *rest = NULL;
    for (int i = 0; i < COUNT; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
        if (words[i] == NULL)
            return false;
    }
    const char *colon = strchr(words[LOCAL], ':');
    const struct ip_address theirs = parse_address(words[LOCAL]), ours = target_ip(target);
    holder->uid = strtoul(words[UID], NULL, 10);
    holder->inode = strtoul(words[INODE], NULL, 10);
    /* A connection from that port is seldom in the way. */
    return colon != NULL && strtoul(colon + 1, NULL, 16) == target->port &&
           collide(&theirs, &ours) && (!is_tcp || strtoul(words[STATE], NULL, 16) == TCP_LISTEN);
}

static bool find_in_table(const char *protocol, const char *suffix, const struct target *target,
                          struct holder *holder)
{
    char path[64], line[512];
    const bool is_tcp = strcmp(protocol, "tcp") == 0;
    bool found = false;
    snprintf(path, sizeof path, "/proc/net/%s%s", protocol, suffix);
    FILE *table = fopen(path, "re");
    while (table != NULL && !found && fgets(line, sizeof line, table) != NULL)
        found = parse_line(line, is_tcp, target, holder);
    if (table != NULL)
        fclose(table);
    return found;
}

static bool has_socket(const char *pid, unsigned long inode)
{
    char path[300], wanted[64], link[64];
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    bool found = false;
    DIR *directory = opendir(path);
    const struct dirent *entry;
    while (directory != NULL && !found && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, entry->d_name);
        ssize_t length = readlink(path, link, sizeof link - 1);
        link[length < 0 ? 0 : length] = '\0';
        found = strcmp(link, wanted) == 0;
    }
    if (directory != NULL)
        closedir(directory);
    return found;
}

/* Returns the process that has the socket, or 0 if this user may not see it. */
static long find_process(unsigned long inode)
{
    long pid = 0;
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    while (processes != NULL && pid == 0 && (entry = readdir(processes)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && has_socket(entry->d_name, inode))
            pid = strtol(entry->d_name, NULL, 10);
    }
    if (processes != NULL)
        closedir(processes);
    return pid;
}

static void name_process(long pid, char *name, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    snprintf(name, size, "a process");
    FILE *comm = fopen(path, "re");
    if (comm != NULL && fgets(name, (int)size, comm) != NULL)
        name[strcspn(name, "\n")] = '\0';
    if (comm != NULL)
        fclose(comm);
}

void check_holder(const struct target *target)
{
    struct holder holder;
    /* MPTCP listens as TCP; the kernel has no such table for SCTP and DCCP. */
    const char *protocol =
        protocol_by_bit(target->protocol == PROTOCOL_MPTCP ? PROTOCOL_TCP : target->protocol)->name;
    const unsigned port = target->port;
    if (!find_in_table(protocol, "", target, &holder) &&
        !find_in_table(protocol, "6", target, &holder)) {
        report_fail("port",
                    "%s %u is taken by a socket that does not listen (yet); as root: "
                    "ss -anp",
                    protocol, port);
        return;
    }
    char name[64];
    long pid = find_process(holder.inode);
    if (pid == 0) {
        report_fail("port",
                    "%s %u is taken by a process of uid %lu not visible from here; as root: "
                    "ss -anp 'sport = :%u'",
                    protocol, port, holder.uid, port);
        return;
    }
    name_process(pid, name, sizeof name);
    report_fail("port", "%s %u is taken by %s (pid %ld, uid %lu); stop it, for example: kill %ld",
                protocol, port, name, pid, holder.uid, pid);
}
