/* SPDX-License-Identifier: MIT */
/*
 * "privbind --listen": sockets that are bound before the command starts, and handed over as systemd
 * does (sd_listen_fds(3)).
 */
#ifndef PRIVBIND_LISTEN_H
#define PRIVBIND_LISTEN_H

#include <stddef.h>

/*
 * Binds and listens for each of the specs, [ADDRESS:]PORT[/PROTOCOL][=NAME], and puts the sockets
 * at the descriptors from 3 on, in place of what is there. Sets LISTEN_FDS, LISTEN_PID and
 * LISTEN_FDNAMES for the program that this very process executes next.
 *
 * A port without an address is bound on all addresses, IPv6 and IPv4, by one socket. If the kernel
 * refuses a bind with EACCES, the resident helper in PRIVBIND_SOCKET, if any, is asked, else
 * privbind-helper.
 *
 * Returns EXIT_SUCCESS, or an exit status, with what failed on stderr.
 */
int listen_prepare(const char *const *specs, size_t count);

#endif
