# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Roots of Debian's releases. Sourced.

# make_root TAR RELEASE PACKAGES SCRATCH: a root with these packages, with commas between them, made
# by debootstrap. One that this has made of the same packages serves again. SCRATCH is a directory
# that goes away.
make_root() {
    local tar=$1 root=$4/$2
    [ "$3" != "$(cat "$tar.packages" 2>/dev/null)" ] || return 0
    mkdir -p "${tar%/*}"
    debootstrap --variant=minbase --include="$3" "$2" "$root" &&
        tar -C "$root" -cf "$tar" . && echo "$3" >"$tar.packages"
    local status=$?
    rm -rf "$root"
    return $status
}
