/* SPDX-License-Identifier: MIT */
/*
 * One line on stderr when a delegation does not end in a bind: "Permission denied" alone leaves a
 * person helpless.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "diagnosis.h"
#include "machine/machine.h"
#include "stderr.h"
#include "text.h"

#define LINES_MAX 3u
#define DEADLINE_POLICY 6 /* SCHED_DEADLINE, not in every libc's header */

static const char *protocol_name(int socket)
{
    int protocol = 0;
    socklen_t length = sizeof protocol;
    RAW_5(SYS_getsockopt, socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &length);
    switch (protocol) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_MPTCP:
        return "mptcp";
    case IPPROTO_UDPLITE:
        return "udplite";
    case IPPROTO_SCTP:
        return "sctp";
    case IPPROTO_DCCP:
        return "dccp";
    default:
        return "socket";
    }
}

/* strerror(3) belongs to libc, may allocate and follows the locale. */
static void put_error(struct text *text, long error)
{
    static const struct {
        int error;
        const char *meaning;
    } known[] = {
        {ENOENT, "No such file or directory"},
        {EACCES, "Permission denied"},
        {EPERM, "Operation not permitted"},
        {ENOEXEC, "Exec format error"},
        {EAGAIN, "Resource temporarily unavailable"},
        {ENOMEM, "Cannot allocate memory"},
        {EMFILE, "Too many open files"},
        {ENFILE, "Too many open files in system"},
        {ENOTDIR, "Not a directory"},
        {ETOOMANYREFS, "Too many descriptors in flight"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].error == error) {
            text_string(text, known[i].meaning);
            return;
        }
    }
    text_string(text, "errno ");
    text_number(text, (unsigned long)error);
}

static void put_own_reason(struct text *text, const struct delegation *delegation)
{
    text_string(text, "uid ");
    text_number(text, (unsigned long)RAW_0(SYS_REAL_UID));
    text_string(text, ": ");
    text_string(text, delegation->failed);
    text_string(text, " ");
    text_string(text, delegation->asked);
    if (delegation->cause != 0) {
        text_string(text, ": ");
        put_error(text, delegation->cause);
    }
    text_string(text, "; ");
    text_string(text, delegation->fix);
}

/* A thread with this scheduling policy cannot clone, unless the child resets it (sched(7)). */
const char *delegation_fix(long cause)
{
    if (cause == EAGAIN && RAW_1(SYS_sched_getscheduler, 0) == DEADLINE_POLICY)
        return "a SCHED_DEADLINE thread cannot start one: bind in another thread, or set "
               "SCHED_FLAG_RESET_ON_FORK";
    return "raise the limit on processes (ulimit -u, systemd: TasksMax=)";
}

/*
 * Programs that look for a free port try hundreds. Returns whether a line may be written; in place
 * of the first that may not, writes that no more are shown. The broker counts in the host's memory;
 * no lock, since a signal handler may bind too.
 */
static bool may_write(const struct settings *settings)
{
    static const char last[] = "privbind: further refusals of this process are not shown; "
                               "PRIVBIND_DEBUG=1 shows all\n";
    static unsigned lines;
    if (settings->quiet)
        return false;
    if (settings->debug)
        return true;
    /* Looked at first, so that it never overflows. */
    if (__atomic_load_n(&lines, __ATOMIC_RELAXED) > LINES_MAX)
        return false;
    const unsigned before = __atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED);
    if (before == LINES_MAX)
        stderr_write(&settings->stderr_at_start, last, sizeof last - 1);
    return before < LINES_MAX;
}

/* Errors that a privileged process would get too are the program's own business. */
static bool is_of_interest(const struct delegation *delegation)
{
    return delegation->error == EACCES || delegation->settings.debug;
}

void delegation_diagnose(struct delegation *delegation)
{
    const struct settings *settings = &delegation->settings;
    if (!is_of_interest(delegation) || !may_write(settings))
        return;

    /* One byte is reserved for the newline. */
    struct text text = {delegation->line, delegation->line + sizeof delegation->line - 1};
    const struct privbind_request *request = &delegation->request;
    text_string(&text, "privbind: ");
    text_string(&text, protocol_name(delegation->socket));
    text_string(&text, " ");
    text_address(&text, request->address, request->address_length);
    text_string(&text, ": ");
    if (settings->socket != NULL && delegation->asked == settings->helper)
        text_string(&text, "(cannot reach the helper of privbind -u) ");
    if (delegation->failed != NULL)
        put_own_reason(&text, delegation);
    else if (delegation->reply.reason[0] != '\0')
        text_string(&text, delegation->reply.reason);
    else
        text_string(&text, delegation->error == 0
                               ? "bound, but the helper died before it could say so"
                               : "the helper gave no reason");
    *text.at++ = '\n';
    stderr_write(&settings->stderr_at_start, delegation->line,
                 (size_t)(text.at - delegation->line));
}

void diagnose_no_memory(const struct settings *settings)
{
    static const char line[] = "privbind: cannot ask the helper: no memory for a stack (mmap); "
                               "raise the limit on memory (ulimit -v)\n";
    if (may_write(settings))
        stderr_write(&settings->stderr_at_start, line, sizeof line - 1);
}
