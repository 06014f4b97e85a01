/* SPDX-License-Identifier: MIT */
/* What a terminal gets to see of the bytes of others. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "policy/format.h"

static void printable_ascii__stays(void **state)
{
    char line[] = " !09AZaz~";
    format_clean(line);
    assert_string_equal(line, " !09AZaz~");
}

static void every_other_byte__question_mark(void **state)
{
    for (int byte = 1; byte < 256; byte++) {
        char line[] = {'a', (char)byte, 'b', '\0'};
        format_clean(line);
        assert_int_equal(line[1], byte >= ' ' && byte <= '~' ? byte : '?');
    }
}

static void c1_as_utf8__question_marks(void **state)
{
    char line[] = "a\xc2\x9b"
                  "31mb";
    format_clean(line);
    assert_string_equal(line, "a??31mb");
}

static void written_line__cleaned_but_for_its_end(void **state)
{
    char line[32] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    format_write(ends[1], "%s\n", "a\n\x9b");
    assert_int_equal(read(ends[0], line, sizeof line), 4);
    assert_string_equal(line, "a??\n");
    close(ends[0]);
    close(ends[1]);
}

int run_clean_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_ascii__stays),
        cmocka_unit_test(every_other_byte__question_mark),
        cmocka_unit_test(c1_as_utf8__question_marks),
        cmocka_unit_test(written_line__cleaned_but_for_its_end),
    };
    return cmocka_run_group_tests_name("what a terminal gets", tests, NULL, NULL);
}
