# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the caller sets what is named below
# What make check-kernels and make check-machines share: packages of a release and an architecture
# that need not be this machine's, and an initramfs. Sourced; the caller sets architecture, scratch
# (a directory that goes away), keyring, busybox and modules.

# shellcheck source=tests/summary.bash
. "${BASH_SOURCE[0]%/*}/../summary.bash"

cannot_run() {
    echo "CANNOT RUN $1: $2"
    touch "$scratch/skipped"
}

# apt SUITE COMMAND...
apt() {
    local state=$scratch/$1-$architecture command=$2
    shift 2
    "$command" -qq -o Dir::State="$state" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Etc::SourceList="$state/sources" \
        -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" "$@"
}

# Gets the lists of a release; only then apt knows its packages.
update() {
    local state=$scratch/$1-$architecture
    [ ! -e "$state/sources" ] || return 0
    mkdir -p "$state"/{lists/partial,archives/partial}
    : >"$state/status"
    printf "deb [signed-by=$keyring] http://deb.debian.org/%s main\n" "debian $1" \
        "debian-security $1-security" >"$state/sources"
    # While the mirror changes, the lists of one of both may be missing: the other serves.
    apt "$1" apt-get update || [ -n "$(apt "$1" apt-cache pkgnames bash)" ]
}

# fetch_kernel SUITE PACKAGE DIRECTORY: unpacks the kernel that PACKAGE stands for.
fetch_kernel() {
    local name file state=$scratch/$1-$architecture to=$3
    mkdir -p "$to" && update "$1" || return
    name=$(apt "$1" apt-cache depends "$2" | sed -n 's/^  Depends: //p' | head -n 1)
    [ -n "$name" ] || { echo "$1 has no $2" >&2 && return 1; }
    for file in "$to"/boot/vmlinu?-"${name#linux-image-}"; do
        [ ! -e "$file" ] || return 0
    done
    rm -rf "$to" && mkdir "$to"
    (cd "$state" && apt "$1" apt-get download "$name") && dpkg-deb -x "$state/$name"_*.deb "$to"
}

# files_of_modules BASE VERSION: those that the virtual machine wants, in the order of their loading.
files_of_modules() {
    local module
    for module in "${modules[@]}"; do
        modprobe --dirname "$1" --set-version "$2" --show-depends "$module" 2>/dev/null ||
            cannot_run "tests with $module" "Linux $2 has no such module" >&2
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# make_initramfs KERNEL VERSION: of busybox, modules, and init.
make_initramfs() {
    local root=$scratch/initramfs base=$1 file
    [ -d "$base/lib/modules" ] || base+=/usr
    rm -rf "$root" && mkdir -p "$root/bin" "$root/modules"
    cp "$busybox" "$root/bin/busybox" && install -m 755 "${BASH_SOURCE[0]%/*}/init" "$root/init"
    depmod --basedir "$base" "$2"
    files_of_modules "$base" "$2" | while read -r file; do
        case $file in
        *.xz) xz --decompress --stdout "$file" >"$root/modules/$(basename "$file" .xz)" ;;
        *) cp "$file" "$root/modules" ;;
        esac
        basename "$file" .xz
    done >"$root/modules/order"
    (cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$scratch/initrd"
}
