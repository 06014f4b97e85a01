/* SPDX-License-Identifier: MIT */
#include "doctor/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bind/ids.h"
#include "bind/port.h"
#include "doctor/check_helper.h"
#include "doctor/check_holder.h"
#include "doctor/check_library.h"
#include "doctor/report.h"
#include "launch/ask.h"
#include "launch/message.h"
#include "policy/ruling.h"
#include "supervise/filter.h"

/* What is found once, for all targets. */
struct patient {
    struct subject subject;
    uint16_t lowest_port;
    bool has_library, is_helper_checked;
};

static void check_privileged(const struct target *target)
{
    const unsigned start = port_first_unprivileged();
    if (target->port >= start)
        report_note("privilege",
                    "port %u needs none: net.ipv4.ip_unprivileged_port_start is %u here",
                    target->port, start);
    else
        report_ok("privilege", "port %u needs it: net.ipv4.ip_unprivileged_port_start is %u here",
                  target->port, start);
}

/* Port 0 of that address can be bound by anybody, if the address is there. */
static void check_address(const struct target *target)
{
    struct target any_port = *target;
    int fd = socket(target->address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    any_port.address.ipv4.sin_port = 0; /* at the same place for IPv6 */
    if (fd >= 0 && bind(fd, &any_port.address.any, any_port.length) == 0)
        report_ok("address", "is present");
    else
        report_fail("address",
                    "%s; list this machine's addresses, or as root add this one: ip address",
                    strerror(errno));
    close(fd);
}

/* What the policy file says. A resident helper may have another policy, and gives its own
   answer. */
static void check_policy(struct subject *subject, const struct target *target)
{
    char text[REASON_MAX];
    struct policy_question question = {.protocol = target->protocol, .port = target->port};
    question.address = target_ip(target);
    if (ruling_allows(subject, &question, text))
        report_ok("policy", "allowed by %s", text);
    else
        report_fail("policy", "%s", text);
}

static void check_helper_once(struct patient *patient, const char *helper)
{
    if (patient->is_helper_checked)
        return;
    patient->is_helper_checked = true;
    report_about(NULL);
    check_helper(helper, patient->lowest_port);
}

/* Asks as the library does: a resident helper first. Returns the errno that a program would see. */
static int delegate(struct patient *patient, const char *spec, int fd, const struct target *target,
                    struct privbind_reply *reply)
{
    const char *resident = getenv("PRIVBIND_SOCKET"), *helper = getenv("PRIVBIND_HELPER");
    report_about(NULL);
    if (resident != NULL && resident[0] == '@') {
        switch (ask_helper(resident, fd, target, reply)) {
        case HELPER_ANSWERED:
            report_ok("helper", "the resident helper of privbind -u answers");
            return reply->error;
        case HELPER_SILENT:
            report_fail("helper",
                        "the resident helper of privbind -u does not answer; is it stopped? "
                        "kill -CONT it, or start the command again");
            return reply->error;
        case HELPER_GONE:
            report_fail("helper",
                        "the resident helper of privbind -u is gone, and privbind-helper is "
                        "asked instead; to get it back, start the command again with privbind -u");
        }
    }
    if (helper == NULL || helper[0] == '\0')
        helper = PRIVBIND_HELPER_PATH;
    check_helper_once(patient, helper);
    report_about(spec);
    check_policy(&patient->subject, target);
    ask_helper(helper, fd, target, reply);
    return reply->error;
}

static void give_verdict(const struct patient *patient, const char *spec, int error, bool delegated,
                         const char *reason)
{
    report_about(spec);
    if (error != 0)
        report_verdict(false, "%s: %s", spec, reason);
    else if (delegated && !patient->has_library)
        report_verdict(false,
                       "%s: the helper binds it, but the library does not load, so only "
                       "privbind -m seccomp works",
                       spec);
    else
        report_verdict(true, "%s worked: %s", spec, reason);
}

static void try_socket(struct patient *patient, const char *spec, const struct target *target,
                       int fd)
{
    struct privbind_reply reply = {.error = 0};
    const int on = 1;
    /* As servers do, so that leftovers of earlier connections are not in the way. A datagram socket
       would share the port with another socket, and take what is meant for that. */
    if (target->type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* An outer privbind's policy is not known here. */
    const bool is_served = filter_is_served();
    if (is_served)
        report_note("supervision", "this process is supervised by another privbind, which does "
                                   "the binding and reports failures on its own stderr");
    /* Not libc's bind(2), which is the library's if this program is linked dynamically. */
    int error = syscall(SYS_bind, fd, &target->address.any, target->length) == 0 ? 0 : errno;
    const bool delegated = error == EACCES;
    if (error == 0)
        snprintf(reply.reason, sizeof reply.reason,
                 is_served ? "by an outer privbind" : "the kernel allows it without privbind");
    else
        snprintf(reply.reason, sizeof reply.reason, "the kernel says: %s", strerror(error));
    if (delegated)
        error = delegate(patient, spec, fd, target, &reply);
    report_about(spec);
    if (error == EADDRINUSE)
        check_holder(target);
    give_verdict(patient, spec, error, delegated, reply.reason);
}

static void check_target(struct patient *patient, const char *spec, const struct target *target)
{
    report_about(spec);
    check_privileged(target);
    check_address(target);
    int fd = socket(target->address.any.sa_family, target->type | SOCK_CLOEXEC, target->number);
    if (fd >= 0) {
        try_socket(patient, spec, target, fd);
        close(fd);
        return;
    }
    const int error = errno;
    const char *protocol = protocol_by_bit(target->protocol)->name;
    report_verdict(false,
                   "%s: no %s socket: %s; is the protocol's module loaded? as root: modprobe %s",
                   spec, protocol, strerror(error), protocol);
}

int check_run(const struct check *check, const struct target *targets)
{
    static struct patient patient = {.lowest_port = UINT16_MAX};
    int fd;

    /* If 0, 1 or 2 is closed, a socket would get that number, and the report would go to it. */
    while ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO)
        continue;
    close(fd);
    if (!ids_of_caller(&patient.subject.identity) ||
        !identity_load_groups(&patient.subject.identity))
        return launch_failed("cannot get the supplementary groups: %s", strerror(errno));
    ruling_name_subject(&patient.subject, true);
    report_note("user", "this is %s", patient.subject.who);
    patient.has_library = check_library();
    for (size_t i = 0; i < check->count; i++) {
        if (targets[i].port < patient.lowest_port)
            patient.lowest_port = targets[i].port;
    }
    for (size_t i = 0; i < check->count; i++)
        check_target(&patient, check->specs[i], &targets[i]);
    return launch_flush(report_print(check->as_json) ? EXIT_SUCCESS : EXIT_FAILURE);
}
