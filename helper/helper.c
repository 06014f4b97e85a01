/*
 * privbind-helper: binds one socket to a privileged port for the process that executed it.
 *
 * It holds CAP_NET_BIND_SERVICE from its file (=p: permitted, not effective) and assumes that its
 * caller is hostile. The caller controls arguments, environment, every descriptor, limits, signal
 * mask and dispositions, working directory, time of death, and the message. It does not control
 * this file, the policy, passwd and group.
 *
 * One request, one reply, exit. Every refusal is a reply with EACCES and a reason.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capability.h"
#include "command_line.h"
#include "file.h"
#include "log.h"
#include "protocol.h"
#include "request.h"
#include "service.h"

#define CHANNEL STDIN_FILENO
#define PATIENCE 5000         /* milliseconds */
#define GROUPS_MAX 65536      /* NGROUPS_MAX of the kernel */
#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */

static bool channel_is_open(void)
{
    struct socket_kind kind;
    return request_socket_kind(CHANNEL, &kind) && kind.domain == AF_UNIX &&
           kind.type == SOCK_SEQPACKET;
}

/* Nothing inherited is of use but the channel; what is open as 1 or 2 is not ours to write to. */
static void close_all_but_channel(void)
{
    if (syscall(SYS_close_range, CHANNEL + 1, ~0u, 0) == 0)
        return;
    for (int descriptor = CHANNEL + 1; descriptor < DESCRIPTORS_MAX; descriptor++)
        close(descriptor);
}

/*
 * A signal that the caller sends, or has left pending, must not stop a bind half way. SIGKILL and
 * SIGSTOP can, but the log entry comes before the bind.
 */
static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

/* A caller that never writes keeps us no longer than this. */
static bool request_arrives(void)
{
    struct pollfd channel = {.fd = CHANNEL, .events = POLLIN};
    return poll(&channel, 1, PATIENCE) == 1;
}

/* Against ptrace(2), /proc/PID/mem and core dumps, which other processes of the caller may try. */
static bool become_untouchable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

/*
 * The real ids are those of whoever executed us. An effective id may be somebody else's: that of
 * the owner of a setuid program that has the library loaded.
 */
static bool identify(struct service *service)
{
    static gid_t gids[GROUPS_MAX + 1];
    *service = (struct service){.identity.uid = getuid(), .identity.load = file_load_names};
    service_name_user(service);
    int count = getgroups(GROUPS_MAX, gids);
    if (count < 0)
        return false;
    gids[count] = getgid();
    service->identity.gids = gids;
    service->identity.gid_count = (size_t)count + 1;
    return true;
}

int main(int argc, char *argv[])
{
    struct service service;
    char reason[PRIVBIND_REASON_MAX];
    bool has_capability;

    /* Phase 1: harden. Give up all privileges but the one, before anything is read. */
    const bool had_no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    const bool serves = argc < 2 && channel_is_open();
    const bool is_hard = capability_drop_all_but(serves, &has_capability) && become_untouchable();
    if (!serves)
        return !is_hard ? EXIT_FAILURE : argc < 2 ? command_line_usage() : command_line(argc, argv);
    block_signals();
    close_all_but_channel();

    /* Phase 2: find out who executed us. First, so that every refusal is logged with its user. */
    const char *failed = NULL;
    if (!identify(&service)) {
        failed = "cannot get the supplementary groups";
    } else if (!log_open()) {
        /* The caller can lower our limit on descriptors at any time (prlimit(2)); that must not
           make us bind without a log entry. */
        failed = "helper cannot open a socket for the system log; raise ulimit -n";
    } else if (!is_hard) {
        failed = "helper cannot give up its other privileges";
    } else if (!has_capability) {
        capability_explain_missing(had_no_new_privs, reason, sizeof reason);
        failed = reason;
    }

    /* Phases 3 to 6: receive and check, decide and log, bind, reply. */
    if (!request_arrives())
        return EXIT_FAILURE;
    if (failed != NULL) {
        service_refuse(&service, CHANNEL, failed);
        return EXIT_FAILURE;
    }
    return service_answer(&service, CHANNEL) ? EXIT_SUCCESS : EXIT_FAILURE;
}
