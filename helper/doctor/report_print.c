/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "doctor/report.h"

#define INDENT 6      /* of the lines that a long one is folded into */
#define WIDTH_MAX 100 /* longer lines are hard to read */

struct style {
    bool has_colour;
    int width; /* columns; 0: nothing is folded */
};

static const struct {
    const char *word, *colour;
} marks[] = {
    [REPORT_OK] = {"ok", "\033[32m"},
    [REPORT_NOTE] = {"note", "\033[33m"},
    [REPORT_FAIL] = {"FAIL", "\033[1;31m"},
};

/* A pipe gets plain lines, one per finding, for grep. */
static struct style find_style(void)
{
    struct winsize size = {0};
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (!isatty(STDOUT_FILENO))
        return (struct style){false, 0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col > WIDTH_MAX)
        size.ws_col = WIDTH_MAX;
    const bool is_dumb = terminal == NULL || strcmp(terminal, "dumb") == 0;
    return (struct style){(no_colour == NULL || no_colour[0] == '\0') && !is_dumb,
                          size.ws_col > 4 * INDENT ? size.ws_col : 0};
}

/* Prints text from the given column on, folded between words. A word longer than a line stays
   whole: a path that is cut cannot be copied. */
static void print_folded(const char *text, int column, int width)
{
    while (*text != '\0') {
        const int length = (int)strcspn(text, " ");
        if (column > INDENT && width > 0 && column + 1 + length > width) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            column += printf(" ");
        }
        column += printf("%.*s", length, text);
        text += length;
        text += *text == ' ';
    }
    putchar('\n');
}

static void print_line(const struct report_line *line, const char *target, struct style style)
{
    char text[9216];
    snprintf(text, sizeof text, "%s: %s%s%s", line->point, target == NULL ? "" : target,
             target == NULL ? "" : ": ", line->text);
    printf("%s%s%s%*s", style.has_colour ? marks[line->mark].colour : "", marks[line->mark].word,
           style.has_colour ? "\033[m" : "", INDENT - (int)strlen(marks[line->mark].word), "");
    print_folded(text, INDENT, style.width);
}

/* The text is printable ASCII. */
static void print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text < ' ' || *text > '~' ? '?' : *text);
    }
    putchar('"');
}

static void print_member(const char *name, const char *text)
{
    printf("\"%s\": ", name);
    if (text == NULL)
        printf("null");
    else
        print_string(text);
}

static void print_json(const struct report_line *lines, size_t count, bool works)
{
    printf("{\"ok\": %s, \"targets\": [", works ? "true" : "false");
    for (size_t i = 0; i < count && lines[i].is_verdict; i++) {
        printf("%s\n  {", i > 0 ? "," : "");
        print_member("target", lines[i].target);
        printf(", \"ok\": %s, ", lines[i].mark == REPORT_OK ? "true" : "false");
        print_member("text", lines[i].text);
        putchar('}');
    }
    printf("],\n \"findings\": [");
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].is_verdict)
            continue;
        printf("%s\n  {", is_first ? "" : ",");
        print_member("mark", marks[lines[i].mark].word);
        printf(", ");
        print_member("point", lines[i].point);
        printf(", ");
        print_member("target", lines[i].target);
        printf(", ");
        print_member("text", lines[i].text);
        putchar('}');
        is_first = false;
    }
    puts("]}");
}

bool report_print(bool as_json)
{
    size_t count, verdicts = 0;
    bool works = true;
    const struct report_line *lines = report_in_order(&count);
    for (; verdicts < count && lines[verdicts].is_verdict; verdicts++)
        works = works && lines[verdicts].mark == REPORT_OK;
    if (as_json) {
        print_json(lines, count, works);
        return works;
    }
    const struct style style = find_style();
    for (size_t i = 0; i < count; i++)
        print_line(&lines[i], verdicts > 1 && !lines[i].is_verdict ? lines[i].target : NULL, style);
    return works;
}
