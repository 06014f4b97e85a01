/* SPDX-License-Identifier: MIT */
#include "doctor/services.h"

#include <string.h>

#include "policy/file.h"
#include "policy/format.h"

static struct span next_word(struct span *line)
{
    static const char blanks[] = " \t";
    while (line->length > 0 && strchr(blanks, line->at[0]) != NULL)
        *line = (struct span){line->at + 1, line->length - 1};
    struct span word = {line->at, 0};
    while (word.length < line->length && strchr(blanks, word.at[word.length]) == NULL)
        word.length++;
    *line = (struct span){line->at + word.length, line->length - word.length};
    return word;
}

/* Finds "NAME PORT/PROTOCOL [ALIAS...] [# ...]"; an empty protocol is any. */
static bool find(struct span services, struct span name, struct span protocol, struct span *port,
                 struct span *found_protocol)
{
    while (services.length > 0) {
        struct span rest = span_cut(&services, '\n');
        struct span line = span_cut(&rest, '#');
        struct span word = next_word(&line), number = next_word(&line);
        *found_protocol = number;
        *port = span_cut(found_protocol, '/');
        if (!span_is_digits(*port) ||
            (protocol.length > 0 && !span_equal(*found_protocol, protocol)))
            continue;
        for (; word.length > 0; word = next_word(&line)) {
            if (span_equal(word, name))
                return true;
        }
    }
    return false;
}

bool services_number(struct span spec, struct span services, char number[SERVICES_SPEC_MAX],
                     char error[REASON_MAX])
{
    static const struct span tcp = {"tcp", 3}, any = {"", 0};
    struct span protocol = spec, name = span_cut(&protocol, '/'), address = {spec.at, 0};
    struct span port, found;
    const bool has_protocol = name.length < spec.length;
    const char *colon = memrchr(name.at, ':', name.length);
    if (colon != NULL) {
        address.length = (size_t)(colon - name.at) + 1;
        name = (struct span){colon + 1, name.length - address.length};
    }
    if (has_protocol ? !find(services, name, protocol, &port, &found)
                     : !find(services, name, tcp, &port, &found) &&
                           !find(services, name, any, &port, &found))
        return reason_set(error, "'%.*s' is neither a port nor a name in /etc/services%s%.*s",
                          SPAN_SHOWN(name), has_protocol ? " for " : "", SPAN_SHOWN(protocol));
    const size_t length =
        format_text(number, SERVICES_SPEC_MAX, "%.*s%.*s/%.*s", (int)address.length, address.at,
                    (int)port.length, port.at, (int)found.length, found.at);
    return length + 1 < SERVICES_SPEC_MAX || reason_set(error, "too long");
}

/* Whether its port can only be a name. */
static bool has_name(const char *spec)
{
    const size_t end = strcspn(spec, "/");
    const char *colon = memrchr(spec, ':', end);
    const char *port = colon != NULL ? colon + 1 : spec;
    return (*port >= 'a' && *port <= 'z') || (*port >= 'A' && *port <= 'Z');
}

bool services_target(const char *spec, struct target *target, char error[REASON_MAX])
{
    char number[SERVICES_SPEC_MAX];
    struct span services;
    if (!has_name(spec))
        return target_parse(spec, target, error);
    if (!file_read("/etc/services", &services, error))
        return reason_set(error,
                          "cannot read /etc/services to look up a name; write the port's number");
    const bool found = services_number((struct span){spec, strlen(spec)}, services, number, error);
    file_free(services);
    return found && target_parse(number, target, error);
}
