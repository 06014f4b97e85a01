/* SPDX-License-Identifier: MIT */
/* A command below privbind -u in the test's own network: its resident helper is open to attack. */
#ifndef PRIVBIND_SYSTEM_COMMAND_H
#define PRIVBIND_SYSTEM_COMMAND_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "protocol.h"

/* What the scenario ipv4_any__bound prints. */
#define IS_BOUND "0.0.0.0: ok\nname: 0.0.0.0 port 80 scope 0 flow 0 length 16\n"

struct command {
    pid_t pid;      /* of the command, a shell */
    pid_t resident; /* of its resident helper */
    int input;
    FILE *output;
    char name[128]; /* PRIVBIND_SOCKET */
    rlim_t limit;   /* of descriptors, if not 0: to be set before it is started */
};

/* Starts it as the user "target". options are NULL-terminated, or NULL for -a 'tcp 80'. */
void command_start(struct command *command, const char *const *options);

/* Runs a scenario of the host program below it. Returns what that printed; static. */
const char *command_run(struct command *command, const char *scenario);

/* Begins to run one, and waits for its end. */
void command_begin(struct command *command, const char *scenario);
const char *command_finish(struct command *command);

/* Ends it, and waits until that has happened. */
void command_end(struct command *command);

/* Asserts that a resident helper has open what it had at the start; it may take its time. */
void assert_descriptors(pid_t resident);

/* KiB of memory that are a process's own. */
long private_memory(pid_t pid);

/* Runs one step as another uid. Returns what it returned, 0 to 255. */
int as_uid(uid_t uid, int (*step)(void));

/* Runs an attack as FOREIGN_UID until it is stopped. Returns when it is under way: the attack
   returns then, or closes what is above standard error. */
pid_t start_attack(void (*attack)(void));
void stop_attack(pid_t pid); /* none, if not above 0 */

/* Connects to a socket with an abstract name "@...", in a second. Returns -1 if that fails. */
int connect_to_name(const char *name);

/* Listens at such a name as somebody (0: root). Returns -1, with errno, if it is taken. */
int listen_at_name(uid_t uid, const char *name);

/* What a client asks for by default: 0.0.0.0:80. */
extern const struct privbind_request asks_for_80;

/* Sends one message of length bytes with count times the same descriptor. What all processes of
   this uid have in flight is counted together, also those of tests that run beside these: the first
   takes its turn. */
bool send_descriptors(int fd, const void *body, size_t length, int descriptor, size_t count);
bool try_to_send_descriptors(int fd, const void *body, size_t length, int descriptor, size_t count);

/* Waits, twenty seconds at most, for the answer to a request. Returns its errno; -1: there is none.
 */
int answer_of(int fd);

#endif
