/* SPDX-License-Identifier: MIT */
/*
 * A program that binds, in every way that programs do. Each scenario prints what it saw. The tests
 * run it twice, as a process that holds CAP_NET_BIND_SERVICE and as one that holds nothing but has
 * libprivbind.so loaded, and compare: not one byte may differ.
 */
#ifndef PRIVBIND_HOST_H
#define PRIVBIND_HOST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "scenarios.h"

/* Prints "what: ok" or "what: errno N". */
void show(const char *what, int result);

/* Prints "what: N". */
void show_number(const char *what, long number);

/* Prints the local address of a socket. */
void show_name(int fd);

/* The port that an IPv4 socket is bound to; 0 if it is not. */
uint16_t bound_port(int fd);

/* A new socket; ends the program if there is none, with a note that the tests know. */
int new_socket(int family, int type, int protocol);

struct sockaddr_in ipv4(const char *address, uint16_t port);
struct sockaddr_in6 ipv6(const char *address, uint16_t port);

/*
 * Binds and prints the result, and whether errno kept its value on success. Returns what bind(2)
 * returned.
 */
int show_bind(const char *what, int fd, const void *address, socklen_t length);

/* Binds a new TCP socket to 0.0.0.0:port and prints the result. Returns the socket. */
int bind_tcp(const char *what, uint16_t port);

/*
 * For waitpid(2): __WALL, to find any child that is left behind. Below privbind -u it is 0: there
 * the resident helper is a child that only waits of this kind can find, and the manual says so.
 */
int all_children(void);

/* Below privbind -u: a connection to its resident helper, or -1. */
int connect_to_resident(void);

/* Sends a message with count times the descriptor, 0 to 253 (SCM_MAX_FD); does not wait. */
bool send_descriptors(int fd, const void *bytes, size_t length, int descriptor, int count);

#define SCENARIO(name) void name(void);
ALL_SCENARIOS
#undef SCENARIO

#endif
