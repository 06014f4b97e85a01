# shellcheck shell=bash
# The rows of the tables, as Debian's control files are written: "Field: value", lines that begin
# with four blanks go on, an empty line ends a row, # begins a comment. Every row is one server:
#
#   Name       of the row; ONLY= selects by it
#   Package    Debian packages of the server and of the client; NAME>=VERSION where older ones lack it
#   Protocol   and ports
#   Note       what it does that others do not
#   Config     goes to the file config
#   Setup      commands before the start, for keys and the like
#   Start      the command that runs the server in the foreground
#   Ask        the client's question
#   Expect     what its answer matches (grep -E)
#   Reload     commands for a running server: $SERVER is its pid
#   Ask-again, Expect-again   as above, after that
#   Denied     what the server says where it may not bind, if not "permission denied" (grep -iE)
#   Like       the row that it takes from what it does not say itself
#   Not        why it does not work with LD_PRELOAD; without Start it is for the README only
#   Way        the launcher with its options, which Start has as $WAY before the server
#
# Commands are bash's, as the unprivileged target, in a directory where they are the files setup,
# start and so on: web servers are asked for start. All but Start have the functions of client.bash.

declare -gA row

# Reads the next row of the standard input into row; false at the end.
read_row() {
    local line field=
    row=()
    while IFS= read -r line; do
        case $line in
        '#'*) ;;
        '    '*) row[$field]+=${row[$field]:+$'\n'}${line#    } ;;
        '') [ ${#row[@]} -eq 0 ] || return 0 ;;
        *)
            field=${line%%:*} line=${line#*:}
            row[$field]=${line# }
            ;;
        esac
    done
    [ ${#row[@]} -gt 0 ]
}

all_rows() {
    cd "${BASH_SOURCE[0]%/*}" && sed -s '$G' {http,python,runtime,compiled,dns,remote,mail}.table \
        {other,reload,supervised,activated,unreachable}.table
}

# Sets row to the one of that name, with all that it takes over from another.
find_row() {
    local -A own=()
    local field
    while read_row && [ "${row[Name]}" != "$1" ]; do :; done < <(all_rows)
    [ -n "${row[Like]-}" ] || return 0
    for field in "${!row[@]}"; do own[$field]=${row[$field]}; done
    find_row "${own[Like]}"
    for field in "${!own[@]}"; do row[$field]=${own[$field]}; done
}

# Calls a command for every row.
each_row() {
    while read_row; do
        [ -z "${row[Like]-}" ] || find_row "${row[Name]}"
        "$@"
    done < <(all_rows)
}

# The packages of row that are not installed.
missing_packages() {
    local package status version missing=()
    for package in ${row[Package]-}; do
        read -r status version < <(dpkg-query -Wf '${db:Status-Status} ${Version}\n' \
            "${package%%>=*}" 2>/dev/null)
        [ "$status" = installed ] && { [ "${package##*>=}" = "$package" ] ||
            dpkg --compare-versions "$version" ge "${package##*>=}"; } || missing+=("$package")
    done
    echo "${missing[*]}"
}
