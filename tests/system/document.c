/* SPDX-License-Identifier: MIT */
#include "document.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Replaces the escapes of a manual page in a line. */
static void replace_escapes(char *line)
{
    static const struct {
        const char *escape, *is;
    } escapes[] = {{"\\(aq", "'"}, {"\\e", "\\"}, {"\\&", ""}, {"\\-", "-"}};
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        char *at;
        while ((at = strstr(line, escapes[i].escape)) != NULL) {
            const size_t length = strlen(escapes[i].is);
            memcpy(at, escapes[i].is, length);
            char *rest = at + strlen(escapes[i].escape);
            memmove(at + length, rest, strlen(rest) + 1);
        }
    }
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

struct document document_open(const char *path)
{
    const bool is_manual = strcmp(strrchr(path, '.'), ".md") != 0;
    struct document document = {fopen(path, "re"), is_manual, !is_manual};
    if (document.file == NULL)
        err(EXIT_FAILURE, "%s", path);
    return document;
}

/* Whether there is a next block: then the next line is its first. */
static bool find_block(struct document *document, char line[DOCUMENT_LINE_MAX])
{
    while (fgets(line, DOCUMENT_LINE_MAX, document->file) != NULL) {
        if (document->is_manual && begins(line, ".Sh "))
            document->in_examples = strcmp(line, ".Sh EXAMPLES\n") == 0;
        if (document->in_examples && begins(line, document->is_manual ? ".Bd " : "```"))
            return true;
    }
    return false;
}

bool document_next_block(struct document *document, char first[DOCUMENT_LINE_MAX], const char *path)
{
    char line[DOCUMENT_LINE_MAX];
    if (!find_block(document, line))
        return false;
    FILE *file = fopen(path, "we");
    if (file == NULL)
        err(EXIT_FAILURE, "%s", path);
    first[0] = '\0';
    while (fgets(line, sizeof line, document->file) != NULL &&
           !begins(line, document->is_manual ? ".Ed" : "```")) {
        if (document->is_manual)
            replace_escapes(line);
        if (first[0] == '\0')
            strcpy(first, line);
        fputs(line, file);
    }
    fclose(file);
    if (chmod(path, 0755) != 0)
        err(EXIT_FAILURE, "%s", path);
    return true;
}
