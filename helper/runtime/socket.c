/* SPDX-License-Identifier: MIT */
/* sys/socket.h, as far as it is used. */
#include <sys/socket.h>

#include "runtime/answer.h"

int socket(int domain, int type, int protocol)
{
    return (int)answer(RAW_3(SYS_socket, domain, type, protocol));
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)answer(RAW_3(SYS_bind, fd, address, length));
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)answer(RAW_3(SYS_connect, fd, address, length));
}

int getsockopt(int fd, int level, int option, void *restrict to, socklen_t *restrict length)
{
    return (int)answer(RAW_5(SYS_getsockopt, fd, level, option, to, length));
}

int setsockopt(int fd, int level, int option, const void *from, socklen_t length)
{
    return (int)answer(RAW_5(SYS_setsockopt, fd, level, option, from, length));
}

ssize_t sendto(int fd, const void *from, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
    return answer(RAW_6(SYS_sendto, fd, from, size, flags, address, length));
}

ssize_t send(int fd, const void *from, size_t size, int flags)
{
    return sendto(fd, from, size, flags, NULL, 0);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
    return answer(RAW_6(SYS_recvfrom, fd, to, size, flags, NULL, NULL));
}

/* The kernel's lengths are of type long: the padding that some headers have beside shorter ones
   must be 0. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return answer(RAW_3(SYS_recvmsg, fd, message, flags));
}
