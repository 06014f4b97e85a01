/* SPDX-License-Identifier: MIT */
/*
 * A place to try things in: own network, mounts and processes, nothing of the machine touched.
 *
 * As root the programs under test run as another uid. As an ordinary user everything happens in a
 * user namespace, where only one uid exists; it is 0 there, and securebits take its meaning away.
 *
 * Inside, /etc is a tmpfs that links to the machine's /etc, with a policy, passwd, group and
 * services of its own; SANDBOX_DIR holds what was built, readable for every uid.
 */
#ifndef PRIVBIND_SANDBOX_H
#define PRIVBIND_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#define SANDBOX_DIR "/etc/privbind-sandbox"
#define SANDBOX_LIBRARY SANDBOX_DIR "/libprivbind.so"
#define SANDBOX_HELPER SANDBOX_DIR "/privbind-helper"
#define SANDBOX_SUPERVISOR SANDBOX_DIR "/privbind-supervisor"
#define SANDBOX_LAUNCHER SANDBOX_DIR "/privbind"

/*
 * As root: who the programs under test are, and a uid that has nothing to do with it. The kernel
 * counts the descriptors of a uid that are in flight over all sandboxes (unix(7), ETOOMANYREFS), so
 * that suites which run side by side, as CI's sanitizers do beside the others, have uids each.
 */
#ifdef PRIVBIND_SANITIZED
#define TARGET_UID 4142
#define FOREIGN_UID 4611
#else
#define TARGET_UID 4242
#define FOREIGN_UID 4711
#endif
#define TEXT_OF(number) #number
#define AS_TEXT(number) TEXT_OF(number)
#define TARGET_ID AS_TEXT(TARGET_UID)
#define FOREIGN_ID AS_TEXT(FOREIGN_UID)

/* The exit status of sandbox_run() where no sandbox can be had; the reason is on stderr. */
#define SANDBOX_UNAVAILABLE 77
#define SANDBOX_NEEDS                                                                              \
    "root with CAP_SYS_ADMIN or user namespaces (sysctl user.max_user_namespaces, "                \
    "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"

/*
 * Runs inside(argument) in a sandbox, as process 1 of its own PID namespace, so that every process
 * it leaves behind dies with it. build_dir is where make has put libprivbind.so and
 * privbind-helper. Returns what inside returned, or SANDBOX_UNAVAILABLE.
 */
int sandbox_run(const char *build_dir, int (*inside)(void *), void *argument);

/* Whether the sandbox is one of an ordinary user. */
bool sandbox_is_user_namespace(void);

/* Who the programs under test are: uid, and the name that the sandbox's passwd has for it. */
uid_t sandbox_uid(void);
const char *sandbox_user(void);

/*
 * Makes this process an unprivileged one: sandbox_uid(), no capability in any set, but with
 * capable CAP_NET_BIND_SERVICE as a service manager would hand it down (ambient). Ends the process
 * if any of that fails.
 */
void sandbox_become_target(bool capable);

/*
 * Brings a new network namespace's loopback up, with fe80::1 besides its usual addresses. Returns
 * whether there is IPv6; ends the process if there is no IPv4.
 */
bool sandbox_start_loopback(void);

/* Whether the sandbox has IPv6. */
bool sandbox_has_ipv6(void);

/* Writes a file; ends the process if that fails. */
void sandbox_write_file(const char *path, const char *text);

/* Copies a file and makes it executable; ends the process if that fails. */
void sandbox_copy_file(const char *from, const char *to);

/* Gives a file cap_net_bind_service=p; ends the process if that fails. */
void sandbox_set_capability(const char *path);

/* Writes passwd and group as every test expects them. */
void sandbox_names(void);

/* Replaces the policy. */
void sandbox_policy(const char *text);

#endif
