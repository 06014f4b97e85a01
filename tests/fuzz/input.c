/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

struct span input_copy(struct span text)
{
    char *copy = calloc(1, text.length);
    if (text.length > 0)
        memcpy(copy, text.at, text.length);
    return (struct span){copy, text.length};
}

static bool read_gids(char *list, struct input *input)
{
    size_t count = 0;
    for (char *item; (item = strsep(&list, ",")) != NULL; count++) {
        if (count == INPUT_GIDS_MAX || !naive_number(item, UINT32_MAX, &input->naive_gids[count]))
            return false;
        input->gids[count] = (gid_t)input->naive_gids[count];
    }
    input->identity.gids = input->gids;
    input->identity.gid_count = count;
    input->naive.gids = input->naive_gids;
    input->naive.gid_count = count;
    return true;
}

static unsigned protocol_bit(const char *name)
{
    for (unsigned bit = PROTOCOL_TCP; bit <= PROTOCOL_DCCP; bit *= 2) {
        if (strcmp(protocol_by_bit(bit)->name, name) == 0)
            return bit;
    }
    return 0;
}

/* As a request has it. */
static bool read_address(const char *text, struct ip_address *address)
{
    unsigned char bytes[16];
    *address = (struct ip_address){.family = AF_INET};
    if (inet_pton(AF_INET, text, address->bytes) == 1)
        return true;
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    *address = address_from_ipv6(bytes);
    return true;
}

static bool read_question(struct span line, struct input *input)
{
    char text[INPUT_FIRST_MAX], gids[80], flag[16] = "";
    if (line.length >= sizeof text)
        return false;
    memcpy(text, line.at, line.length);
    text[line.length] = '\0';
    if (sscanf(text, "%lu %79s %7s %45s %lu %15s", &input->naive.uid, gids, input->protocol,
               input->address, &input->naive.port, flag) < 5 ||
        input->naive.uid > UINT32_MAX || input->naive.port > UINT16_MAX || !read_gids(gids, input))
        return false;
    input->identity.uid = (uid_t)input->naive.uid;
    input->question.port = (uint16_t)input->naive.port;
    input->question.protocol = protocol_bit(input->protocol);
    input->naive.names_unreadable = strcmp(flag, "unreadable") == 0;
    return input->question.protocol != 0 && read_address(input->address, &input->question.address);
}

static bool cannot_load(struct id_file *file, const char *path)
{
    (void)file;
    (void)path;
    return false;
}

bool input_read(const uint8_t *data, size_t size, struct input *input)
{
    struct span rest = {(const char *)data, size};
    *input = (struct input){.identity.load = cannot_load};
    if (size == 0 || !read_question(span_cut(&rest, '\n'), input))
        return false;
    input->passwd = input_copy(span_cut(&rest, '\f'));
    input->group = input_copy(span_cut(&rest, '\f'));
    input->rest = input_copy(rest);
    if (!input->naive.names_unreadable) {
        input->identity.passwd = (struct id_file){true, input->passwd};
        input->identity.group = (struct id_file){true, input->group};
    }
    input->question.who = &input->identity;
    input->naive.protocol = input->protocol;
    input->naive.address = input->address;
    input->naive.passwd = (struct naive_text){input->passwd.at, input->passwd.length};
    input->naive.group = (struct naive_text){input->group.at, input->group.length};
    return true;
}

void input_free(struct input *input)
{
    free((void *)(uintptr_t)input->passwd.at);
    free((void *)(uintptr_t)input->group.at);
    free((void *)(uintptr_t)input->rest.at);
}
