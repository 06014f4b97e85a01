/* Which ports need a privilege. */
#ifndef PRIVBIND_PORT_H
#define PRIVBIND_PORT_H

#include <stdbool.h>

#define PORT_USUAL_START 1024u

/*
 * The first port of this network that needs no privilege, 0 to 65536: the sysctl
 * net.ipv4.ip_unprivileged_port_start, which is for IPv6 too (ip(7)); its usual value where /proc
 * does not tell.
 */
unsigned port_first_unprivileged(void);

/*
 * Whether a socket is of the network namespace that this process is in: policy, log, and the sysctl
 * above are about that one. Always true before Linux 5.14, which does not tell.
 */
bool port_is_of_this_network(int descriptor);

#endif
