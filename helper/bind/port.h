/* SPDX-License-Identifier: MIT */
/* Which ports need a privilege. */
#ifndef PRIVBIND_PORT_H
#define PRIVBIND_PORT_H

#define PORT_USUAL_START 1024u

/*
 * The first port of this network that needs no privilege, 0 to 65536: the sysctl
 * net.ipv4.ip_unprivileged_port_start, which is for IPv6 too (ip(7)); its usual value where /proc
 * does not tell. Keeps one descriptor open: to ask again is one system call.
 */
unsigned port_first_unprivileged(void);

#endif
