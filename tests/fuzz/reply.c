/* SPDX-License-Identifier: MIT */
/*
 * What the library does with a helper's reply, which came over a real socketpair, and the line
 * that it makes of it for stderr.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "preload/delegation.h"
#include "preload/diagnosis.h"
#include "preload/exchange.h"

enum { QUIET, INVALID, BOUND, FAILED };
static const char *const outcomes[] = {"quiet", "invalid", "bound", "failed", NULL};

/* The first bytes of an input; the reply follows. */
struct setting {
    uint8_t flags;
    uint8_t length;      /* of the address */
    uint8_t address[28]; /* of which the rest is zero */
    uint16_t cause;
};
enum { IS_QUIET = 1, OWN_REASON = 4, RESIDENT = 8, FELL_BACK = 16, LONG_PATH = 32 };

/* PRIVBIND_HELPER may be as long as that. */
static const char *long_path(void)
{
    static char path[4096];
    memset(path, '/', sizeof path - 1);
    return path;
}

static void set_up(struct delegation *delegation, const struct setting *setting, int channel)
{
    memset(delegation, 0, sizeof *delegation);
    delegation->settings.quiet = (setting->flags & IS_QUIET) != 0;
    delegation->settings.debug = true; /* or the fourth line would be the last */
    delegation->settings.helper =
        (setting->flags & LONG_PATH) != 0 ? long_path() : "/usr/local/libexec/privbind-helper";
    delegation->settings.socket = (setting->flags & RESIDENT) != 0 ? "@privbind-0" : NULL;
    delegation->asked = (setting->flags & FELL_BACK) != 0 || delegation->settings.socket == NULL
                            ? delegation->settings.helper
                            : delegation->settings.socket;
    delegation->socket = channel;
    delegation->channel[0] = channel;
    delegation->request.version = PRIVBIND_PROTOCOL_VERSION;
    delegation->request.address_length = 16 + setting->length % 113;
    memcpy(delegation->request.address, setting->address, sizeof setting->address);
    if ((setting->flags & OWN_REASON) != 0) {
        delegation->failed = "cannot execute";
        delegation->cause = setting->cause % 4096;
        delegation->fix = "install it";
    }
}

/* A reply as protocol.h describes it; of a longer message the kernel cuts off the rest. */
static int is_valid(const uint8_t *reply, size_t size)
{
    uint32_t version;
    int32_t error;
    if (size < sizeof(struct privbind_reply))
        return 0;
    memcpy(&version, reply, sizeof version);
    memcpy(&error, reply + sizeof version, sizeof error);
    return version == PRIVBIND_PROTOCOL_VERSION && error >= 0 && error < 4096;
}

/* Begins and ends as it must, and has the reason in it as far as there is room. */
static void check_line(const struct delegation *delegation)
{
    const char *line = delegation->line, *reason = delegation->reply.reason;
    const size_t length = strnlen(line, sizeof delegation->line);
    FUZZ_CHECK(length > 10 && memcmp(line, "privbind: ", 10) == 0);
    FUZZ_CHECK(line[length - 1] == '\n');
    if (delegation->failed != NULL || reason[0] == '\0')
        return;
    const size_t room = length - 1, size = strlen(reason) < room ? strlen(reason) : room;
    FUZZ_CHECK(memcmp(line + room - size, reason, size) == 0);
}

static int try_reply(struct delegation *delegation, const uint8_t *reply, size_t size)
{
    const int is_taken = exchange_receive(delegation);
    if (is_taken != is_valid(reply, size))
        fuzz_finding("a reply of %zu bytes is %s", size, is_taken ? "taken" : "refused");
    FUZZ_CHECK(memchr(delegation->reply.reason, '\0', sizeof delegation->reply.reason) != NULL);
    if (!is_taken) {
        memset(&delegation->reply, 0, sizeof delegation->reply); /* as broker.c */
        delegation->failed = "no valid answer from";
        delegation->fix = "update it";
    }
    delegation->error = is_taken ? delegation->reply.error : 13;
    delegation_diagnose(delegation);
    if (delegation->settings.quiet) {
        FUZZ_CHECK(delegation->line[0] == '\0');
        return QUIET;
    }
    check_line(delegation);
    return !is_taken ? INVALID : delegation->error == 0 ? BOUND : FAILED;
}

static int run(const uint8_t *data, size_t size)
{
    static struct delegation delegation; /* stderr_at_start is none: nothing is written */
    struct setting setting;
    int ends[2];
    if (size < sizeof setting || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return FUZZ_REJECTED;
    memcpy(&setting, data, sizeof setting);
    set_up(&delegation, &setting, ends[0]);
    const ssize_t sent = send(ends[1], data + sizeof setting, size - sizeof setting, MSG_DONTWAIT);
    const int outcome =
        sent < 0 ? FUZZ_REJECTED : try_reply(&delegation, data + sizeof setting, (size_t)sent);
    close(ends[0]);
    close(ends[1]);
    return outcome;
}

const struct fuzz_target fuzz_reply = {"reply", outcomes, run, NULL};
