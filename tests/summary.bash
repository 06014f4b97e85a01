# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts ask the output of tests. Sourced.

# count RESULT LOG: tests, as cmocka sums them up; newer ones name the group. It leaves out of its
# sums a test whose setup or teardown has failed: FAILED here.
count() {
    {
        sed -nE "s/^\[  $1 *\] ([^:]*: )?([0-9]+) test\(s\).*/\2/p" "$2"
        [ "$1" != FAILED ] || sed -nE 's/^\[  ERROR   \] [[:alnum:]_]+$/1/p' "$2"
    } | awk '{ n += $1 } END { print n + 0 }'
}

# failures LOG: what each test that failed has printed.
failures() {
    awk '/^\[ RUN / { text = "" }
        { text = text $0 "\n" }
        /^\[ +(OK|SKIPPED) *\]/ { text = "" }
        /^\[  (FAILED  |ERROR   )\] [[:alnum:]_]+$/ && text ~ /^\[ RUN / { printf "%s", text; text = "" }' "$1"
}
