/* SPDX-License-Identifier: MIT */
/* The command blocks of the documents: README.md's fenced ones, and those of a manual page's
 * EXAMPLES. */
#ifndef PRIVBIND_DOCUMENT_H
#define PRIVBIND_DOCUMENT_H

#include <stdbool.h>
#include <stdio.h>

#define DOCUMENT_LINE_MAX 1024

struct document {
    FILE *file;
    bool is_manual, in_examples;
};

/* Opens a document; a name in .md is not a manual page's. Ends the process if it cannot. */
struct document document_open(const char *path);

/*
 * Reads on to the next block and writes it to the file path, executable. Returns false at the end.
 *
 * first    on success the block's first line, with its newline
 */
bool document_next_block(struct document *document, char first[DOCUMENT_LINE_MAX],
                         const char *path);

#endif
