#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make check-containers: builds the Dockerfiles of README.md, as they stand there, and shows in
# containers that they do what it says. Needs root, Debian (whose own packages make the base
# image), podman and runc; no network.
#
# All of it happens in namespaces of its own, with memory for a disk: with them the kernel removes
# every process, mount and file, whatever happens to this script. Only cgroups would stay.
# shellcheck disable=SC2317 # functions are called by their names
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

cannot_run() {
    echo "CANNOT RUN $1: $2"
    skipped=$((skipped + 1))
}

finish() {
    [ "$passed" = 0 ] || echo "[  PASSED  ] $passed test(s)."
    [ "$failed" = 0 ] || echo "[  FAILED  ] $failed test(s)."
    [ "$skipped" = 0 ] || echo "[  SKIPPED ] $skipped test(s)."
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && { [ "$skipped" = 0 ] || [ "${PRIVBIND_MUST_WORK-}" != 1 ]; }
    exit
}

# ---- Outside: the namespaces.

why_not() {
    local tool
    if [ "$(id -u)" != 0 ]; then
        echo 'it needs root'
        return
    fi
    for tool in dpkg-query podman runc unshare nsenter; do
        command -v "$tool" >/dev/null || echo "there is no $tool"
    done
    [ ! -e /etc/debian_version ] && echo 'the base image is made of Debian packages'
    unshare --mount --pid --net --fork true 2>&1
}

remove_cgroups() {
    for _ in {1..100}; do
        find /sys/fs/cgroup -depth -type d -path "*/$1*" -exec rmdir {} + 2>/dev/null
        [ -z "$(find /sys/fs/cgroup -path "*/$1*" -print -quit)" ] && return
        sleep 0.1 # the last processes are about to end
    done
    echo "cgroups $1 are left behind"
    return 1
}

run_in_namespaces() {
    local cgroup=privbind-containers-$$ pid status
    unshare --mount --pid --net --fork --kill-child --mount-proc "$0" "$cgroup" &
    pid=$!
    trap 'kill -KILL $pid' INT TERM HUP
    wait "$pid"
    status=$?
    remove_cgroups "$cgroup" || status=1
    exit "$status"
}

passed=0 failed=0 skipped=0
if [ $# = 0 ]; then
    reasons=$(why_not)
    [ -z "$reasons" ] && run_in_namespaces
    cannot_run containers "${reasons//$'\n'/, }"
    finish
fi
readonly cgroup=$1

# ---- Inside: the images.

run() {
    timeout --kill-after=5 60 podman run --cgroup-parent="/$cgroup" "$@"
}

build() {
    timeout --kill-after=5 120 podman build --cgroup-parent="/$cgroup/build" --quiet \
        --network=none --ulimit=nofile=1024:1024 --ulimit=nproc=1000:1000 --tag "$1" --file - .
}

# Files of the machine, at the same place in the directory $2; $1 has one to a line.
copy_files() {
    mkdir -p "$2"/{dev,etc,proc,run,sys,tmp,usr/{bin,lib,lib64,sbin}}
    ln -s usr/bin usr/lib usr/lib64 usr/sbin "$2"
    tar -C / --no-recursion -cf - --files-from=<(cut -c 2- <<<"$1") |
        tar -C "$2" --keep-directory-symlink -xf -
}

files_of() {
    local file
    dpkg-query -L "$@" | grep -vE '/share/(doc|man|info|locale|lintian|bug)/|/gconv/' |
        while read -r file; do
            if [ -f "$file" ]; then
                echo "$file"
            fi
        done
}

make_glibc_base() {
    local files libraries
    files=$(files_of base-files base-passwd coreutils dash libc6 login passwd)
    libraries=$(grep -E '/s?bin/' <<<"$files" | while read -r file; do
        ldd "$file" 2>&1 || true # it is a script
    done | sed -nE 's/.*=> (\/[^ ]*).*/\1/p' | sort -u)
    copy_files "$files"$'\n'"$libraries"$'\n'"$(xargs realpath <<<"$libraries")" "$1"
    cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
    cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
}

# There is nothing but the libc in it: what useradd and echo do in the Dockerfiles is done here.
make_musl_base() {
    copy_files "$(files_of musl)" "$1"
    echo 'app:x:1000:1000::/:/bin/false' >"$1/etc/passwd"
    echo 'app:x:1000:' >"$1/etc/group"
    echo 'allow user app tcp 80,443' >"$1/etc/privbind.conf"
}

# The Dockerfile number $1 of README.md.
dockerfile() {
    awk -v number="$1" '/^```/ { inside = /dockerfile$/ && (++count == number); next } inside' \
        README.md
}

# The same for the libc $1; with musl, the base has what useradd and echo make.
adapt() {
    case $1 in
    glibc) cat ;;
    musl) sed "/^RUN useradd/d; s|^FROM .*|FROM ${bases[musl]}|; s|demo_server|&-musl|" ;;
    esac
}

# Makes the images root-LIBC and user-LIBC, of ten lines at most.
build_from_README() {
    local number=0 name
    for name in root user; do
        number=$((number + 1))
        dockerfile "$number" >"/run/$name"
        [ "$(wc -l <"/run/$name")" -le 10 ]
        adapt "$1" <"/run/$name" | build "$name-$1"
    done
}

# ---- Inside: all of it.

# Makes a disk of memory, settings that are not the machine's, and the base images.
set_up() {
    local libc
    for directory in /run /dev/shm; do
        mount -t tmpfs privbind "$directory"
    done
    for libc in "${libcs[@]}"; do
        "make_${libc}_base" "/run/$libc"
    done
    mkdir /run/lock
    mount -t tmpfs privbind /var/lib # with dpkg's lists, which were needed until now
    cat >"$CONTAINERS_CONF" <<-end
	[containers]
	netns = "none"
	default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	[network]
	network_config_dir = "/run/networks"
	end
    cat >"$CONTAINERS_STORAGE_CONF" <<-end
	[storage]
	driver = "overlay"
	graphroot = "/var/lib/containers"
	runroot = "/run/containers"
	end
    for libc in "${libcs[@]}"; do
        tar -C "/run/$libc" -c . | timeout 60 podman import --quiet - "${bases[$libc]}"
    done
    run --rm "${bases[glibc]}" true
}

# try TEST [LIBC]
try() {
    local output status
    echo "[ RUN      ] $*"
    output=$(
        set -e
        "$@" 2>&1
    )
    status=$?
    timeout 60 podman rm --all --force --time 0 >/dev/null 2>&1
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        echo "[       OK ] $*"
    else
        failed=$((failed + 1))
        printf '%s\n[  FAILED  ] %s\n' "$output" "$*"
    fi
}

# The first is what "debian:12-slim" in a Dockerfile means.
declare -A bases=([glibc]=docker.io/library/debian:12-slim)
if [ -e build/tests/demo_server-musl ] && dpkg-query -L musl >/dev/null 2>&1; then
    bases[musl]=localhost/musl
else
    cannot_run 'containers with musl' 'there is no musl-gcc (Debian: musl-tools)'
fi
readonly libcs=("${!bases[@]}")
export TMPDIR=/run CONTAINERS_CONF=/run/containers.conf CONTAINERS_STORAGE_CONF=/run/storage.conf
reason=$(
    set -e
    set_up 2>&1
)
status=$?
if [ "$status" != 0 ]; then
    cannot_run containers "podman does not work here: ${reason//$'\n'/, }"
    finish
fi

# shellcheck source=tests/containers/tests.sh
. tests/containers/tests.sh
for libc in "${libcs[@]}"; do
    try build_from_README "$libc"
    for test in $(declare -F | sed -n 's/^declare -f \(.*__.*\)/\1/p'); do
        case $libc-$test in
        musl-*chown*) ;; # the image has none
        *) try "$test" "$libc" ;;
        esac
    done
done

# shellcheck source=tests/containers/rootless.sh
. tests/containers/rootless.sh
reason=$(why_not_rootless)
status=1
if [ -z "$reason" ]; then
    reason=$(
        set -e
        set_up_rootless 2>&1
    )
    status=$?
fi
if [ "$status" != 0 ]; then
    cannot_run 'rootless podman' "${reason//$'\n'/, }"
    finish
fi
for test in $(declare -F | sed -n 's/^declare -f \(rootless.*__.*\)/\1/p'); do
    try "$test"
done
finish
