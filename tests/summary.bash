# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts ask the output of tests. Sourced.

# count RESULT LOG: tests, as cmocka sums them up; newer ones name the group.
count() {
    sed -nE "s/^\[  $1 *\] ([^:]*: )?([0-9]+) test\(s\).*/\2/p" "$2" | awk '{ n += $1 } END { print n + 0 }'
}
