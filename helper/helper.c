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
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/capability.h"
#include "bind/log.h"
#include "bind/process.h"
#include "bind/request.h"
#include "bind/service.h"
#include "doctor/command_line.h"
#include "protocol.h"
#include "supervise/supervisor.h"

#define CHANNEL STDIN_FILENO
#define PATIENCE 5000 /* milliseconds */
#define LIFETIME 8    /* seconds: more than PATIENCE and twice the log's time limit */

/* With a stream a message could come in pieces, and one be half that of another process; with a
   file or a terminal its owner, who may not be who executed us, would be asked and answered. */
static bool is_channel(int descriptor)
{
    struct socket_kind kind;
    return request_socket_kind(descriptor, &kind) && kind.domain == AF_UNIX &&
           kind.type == SOCK_SEQPACKET;
}

/* A caller that never writes keeps us no longer than this. */
static bool request_arrives(void)
{
    struct pollfd channel = {.fd = CHANNEL, .events = POLLIN};
    return poll(&channel, 1, PATIENCE) == 1;
}

/* "--supervise PID", from the launcher: a child of it is the parent of the command, and executed
   us. */
static bool asks_to_supervise(int argc, char *argv[])
{
    return argc == 3 && strcmp(argv[1], "--supervise") == 0;
}

/* Only the command's parent can stand for it. Any other number is none of our business. */
static pid_t own_child(const char *text)
{
    siginfo_t unused;
    unsigned long pid;
    return span_number((struct span){text, strlen(text)}, INT32_MAX, &pid) && pid > 0 &&
                   waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0
               ? (pid_t)pid
               : 0;
}

/* What came of phase 1. */
struct hardening {
    bool had_no_new_privs, is_hard, has_capability;
};

static struct hardening harden(bool serves)
{
    struct hardening result = {.had_no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1};
    result.is_hard =
        capability_drop_all_but(serves, &result.has_capability) && process_become_untouchable();
    return result;
}

/* Returns why nothing can be bound, which may be in reason; else NULL. */
static const char *find_out_who_asks(struct subject *subject, const struct hardening *hardening,
                                     char reason[PRIVBIND_REASON_MAX])
{
    const bool is_known = process_identify(&subject->identity);
    ruling_name_subject(subject);
    if (!is_known)
        return "cannot get the supplementary groups";
    /* The caller can lower our limit on descriptors at any time (prlimit(2)); that must not make us
       bind without a log entry. */
    if (!log_open())
        return "helper cannot open a socket for the system log; raise ulimit -n";
    if (!hardening->is_hard)
        return "helper cannot give up its other privileges";
    if (hardening->has_capability)
        return NULL;
    capability_explain_missing(hardening->had_no_new_privs, reason, PRIVBIND_REASON_MAX);
    return reason;
}

int main(int argc, char *argv[])
{
    struct subject subject = {0};
    char reason[PRIVBIND_REASON_MAX];

    /* Phase 1: harden. Give up all privileges but the one, before anything is read: root's too,
       where root, or a setuid program, executed us. Undumpable, or who executed us could attach to
       us, or read and write our memory and descriptors; and without anything to gain by execve(2),
       should they get that far. */
    const bool supervises = asks_to_supervise(argc, argv);
    const bool serves = supervises ? is_channel(CHANNEL) && is_channel(SUPERVISOR_LAUNCHER)
                                   : argc < 2 && is_channel(CHANNEL);
    const struct hardening hardening = harden(serves);
    if (!serves)
        return !hardening.is_hard ? EXIT_FAILURE
               : argc < 2         ? command_line_usage()
                                  : command_line(argc, argv);
    if (supervises)
        process_block_signals();
    else
        process_limit_lifetime(LIFETIME);
    /* Nothing inherited is of use but the channel; what is open as 1 or 2 is not ours to write. A
       supervisor has its second channel as 1, and says on 2 why it refuses. */
    process_close_from(supervises ? STDERR_FILENO + 1 : CHANNEL + 1);

    /* Phase 2: find out who executed us. First, so that every refusal is logged with its user. */
    const char *failed = find_out_who_asks(&subject, &hardening, reason);
    if (supervises) {
        const pid_t command = own_child(argv[2]);
        if (command == 0)
            return EXIT_FAILURE;
        supervisor_run(&subject, command, failed);
    }

    /* Phases 3 to 6: receive and check, decide and log, bind, reply. */
    if (!request_arrives())
        return EXIT_FAILURE;
    if (failed != NULL) {
        service_refuse(&subject, CHANNEL, failed);
        return EXIT_FAILURE;
    }
    return service_answer(&subject, CHANNEL) ? EXIT_SUCCESS : EXIT_FAILURE;
}
