/* SPDX-License-Identifier: MIT */
/*
 * The attacker: a program without any privilege that uses privbind-helper as no library would. Each
 * scenario prints what came of its tries; tests/system_attack*.c know what must.
 */
#ifndef PRIVBIND_ATTACK_H
#define PRIVBIND_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "protocol.h"
#include "sandbox.h"

/* Where the attacker may write. */
#define ATTACK_DIR SANDBOX_DIR "/attacker"

/* A port of each kind. */
#define PRIVILEGED 80
#define UNPRIVILEGED 8080

/* How a helper is started. Everything may be left out: NULL is as the library does it. */
struct attack {
    const char *path;
    char *const *arguments;
    char *const *environment;
    void (*prepare)(void);                     /* in the child, before it executes */
    void (*execute)(const struct attack *how); /* instead of execve(2) */
};

/* A helper, started and perhaps asked. */
struct victim {
    pid_t pid;
    int channel; /* the attacker's end */
    int socket;  /* which it was, or will be, asked for; -1: none yet */
};

enum outcome {
    OUTCOME_BOUND,
    OUTCOME_REFUSED,        /* EACCES */
    OUTCOME_ERROR,          /* another errno */
    OUTCOME_SILENT,         /* ended without an answer, and nothing is bound */
    OUTCOME_BOUND_SILENTLY, /* the socket is bound, and nobody said so */
    OUTCOME_LIE,            /* the answer is not true */
    OUTCOME_HANGS,          /* still there after 30 s */
    OUTCOMES,
};

struct name {
    struct sockaddr_storage address;
    socklen_t length;
};

/* "127.0.0.1", "::1", "fe80::1%1": an address with a port, host byte order. */
struct name name_of(const char *text, uint16_t port);

/* A new socket; ends the program if there is none. */
int attack_socket(int family, int type, int protocol);

struct victim attack_start(const struct attack *how);

/* Sends a request with a socket. Returns whether it could be sent. */
bool attack_ask(struct victim *victim, int socket, const struct name *name);

/* Waits for the answer and the end; closes the channel, not the socket. */
enum outcome attack_finish(struct victim *victim);

/* What the helper last said as its reason. */
const char *attack_reason(void);

/* start as the library does, ask, finish. */
enum outcome attack_ask_for(int socket, const struct name *name);

/* start, ask, finish, with a new TCP socket and 0.0.0.0:80. */
enum outcome attack_try(const struct attack *how);

/* The same, and prints it with its reason: "what: refused: no rule ..." */
void attack_show(const char *what, const struct attack *how);

void outcome_show(const char *what, enum outcome outcome);

/* Counts outcomes; tally_show() prints those of which there must be none, and which there were. */
struct tally {
    unsigned count[OUTCOMES];
};
void tally_show(const char *what, const struct tally *tally);

/* The local port of a socket, or 0. */
uint16_t local_port(int socket);

/* Waits until the victim has executed the helper and sleeps. Returns false after ten seconds. */
bool attack_wait_asleep(const struct victim *victim);

/* The letter for the state of a process (proc(5)). */
char process_state(pid_t pid);

#define ALL_ATTACKS                                                                                \
    ATTACK(argc_0)                                                                                 \
    ATTACK(hostile_argv_0)                                                                         \
    ATTACK(hostile_environment)                                                                    \
    ATTACK(hostile_descriptors)                                                                    \
    ATTACK(lowest_limits)                                                                          \
    ATTACK(hostile_personality)                                                                    \
    ATTACK(every_signal_pending)                                                                   \
    ATTACK(ways_to_execute)                                                                        \
    ATTACK(path_like_a_log_entry)                                                                  \
    ATTACK(shared_tables)                                                                          \
    ATTACK(hostile_working_directory)                                                              \
    ATTACK(thousand_helpers)                                                                       \
    ATTACK(inspect_while_running)                                                                  \
    ATTACK(seize_while_starting)                                                                   \
    ATTACK(signals_at_random)                                                                      \
    ATTACK(limits_lowered_while_running)                                                           \
    ATTACK(stop_while_log_is_full)                                                                 \
    ATTACK(kept_for_later)                                                                         \
    ATTACK(options_of_the_channel)                                                                 \
    ATTACK(odd_addresses)                                                                          \
    ATTACK(other_kinds_of_descriptor)                                                              \
    ATTACK(every_kind_of_socket)                                                                   \
    ATTACK(message_rewritten)                                                                      \
    ATTACK(socket_changed_meanwhile)                                                               \
    ATTACK(ports_of_another_user)                                                                  \
    ATTACK(mapped_wildcard)                                                                        \
    ATTACK(inherited_socket)                                                                       \
    ATTACK(own_user_namespace)                                                                     \
    ATTACK(unmapped_user_namespace)                                                                \
    ATTACK(groups_cannot_be_dropped)                                                               \
    ATTACK(plain_try)                                                                              \
    ATTACK(links_flipped)

#define ATTACK(name) void name(void);
ALL_ATTACKS
#undef ATTACK

#endif
