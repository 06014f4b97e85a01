# shellcheck shell=bash disable=SC2154,SC2317
# The tests of containers.sh: each function whose name has two underscores, called with a libc,
# under "set -e". The images user-LIBC and root-LIBC are README.md's.

readonly three_capabilities=(--cap-drop=all '--cap-add=NET_BIND_SERVICE,SETUID,SETGID')
readonly no_new_privileges=--security-opt=no-new-privileges

bound_ten=$(yes 'bind: ok' | head -10)
readonly bound_ten

# ---- What they use.

holds() {
    [[ $1 == *"$2"* ]] || {
        printf 'this does not hold "%s":\n%s\n' "$2" "$1"
        return 1
    }
}

is() {
    [ "$2" = "$3" ] || {
        echo "$1 is '$2' instead of '$3'"
        return 1
    }
}

# The answer of the server of process $1, over the loopback interface of its container.
ask() {
    # shellcheck disable=SC2016
    local client='exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3'
    for _ in {1..300}; do
        [ -d "/proc/$1" ] || return
        nsenter --net --target "$1" timeout 10 bash -c "$client" 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

field() {
    sed -nE "s/^$2:\t*//p" "/proc/$1/status" | tr '\t' ' '
}

# starts PORT-START OPTION... IMAGE [ARGUMENT...]: the server answers, unprivileged and as PID 1,
# where the ports from PORT-START on need no privilege. Sets id and pid.
starts() {
    local port_start=$1 answer
    id=$(run --detach "${@:2}")
    pid=$(podman inspect --format '{{.State.Pid}}' "$id")
    answer=$(ask "$pid") || {
        podman logs "$id" 2>&1
        return 1
    }
    holds "$answer" 'Hello from an unprivileged process.'
    is 'the first unprivileged port' "$port_start" \
        "$(nsenter --net --target "$pid" cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
    is 'the pid in the container' "$(field "$pid" NSpid)" "$pid 1"
    is 'the uid' "$(field "$pid" Uid)" '1000 1000 1000 1000'
    is 'the sets of capabilities' "$(field "$pid" 'Cap(Eff|Prm|Inh|Amb)' | uniq)" 0000000000000000
}

# The server is of the libc $1, and has this build's library loaded.
has_library_in() {
    local maps in_image
    maps=$(<"/proc/$pid/maps")
    holds "$maps" /usr/local/lib/libprivbind.so
    case $1 in
    glibc) holds "$maps" /libc.so.6 ;;
    musl) holds "$maps" /x86_64-linux-musl/libc.so || holds "$maps" /ld-musl- ;;
    esac
    in_image=$(sha256sum <"/proc/$pid/root/usr/local/lib/libprivbind.so")
    is 'the checksum of the library' "$in_image" "$(sha256sum <build/libprivbind.so)"
}

# The states of the processes in the container are $1, with no zombie (Z); SIGTERM ends it at once.
ends_at_once_with_processes() {
    local begin end
    is 'the state of its processes' "$(podman top "$id" state | tail -n +2 | tr -d '\n')" "$1"
    begin=${EPOCHREALTIME/[.,]/}
    timeout 60 podman stop --time 30 "$id" >/dev/null
    end=${EPOCHREALTIME/[.,]/}
    echo "podman stop took $(((end - begin) / 1000)) ms"
    [ $((end - begin)) -lt 3000000 ]
    is 'the exit status' "$(podman inspect --format '{{.State.ExitCode}}' "$id")" 0
}

# denied REASON OPTION... IMAGE [ARGUMENT...]
denied() {
    local output
    if output=$(run --rm "${@:2}" 2>&1); then
        echo "it was not denied: $output"
        return 1
    fi
    holds "$output" "$1"
}

# invisible OPTION... IMAGE [ARGUMENT...]: binds ten ports as PID 1, which sees nothing of it.
invisible() {
    is 'what it saw' "$(run --rm "$@" /host sigchld__never_sent)" "$bound_ten"$'\nsignals: 0'
    is 'what it could wait for' "$(run --rm "$@" /host wait_for_child__ECHILD)" \
        "$bound_ten"$'\nwait: errno 10' # ECHILD
}

# ---- Unprivileged from the start.

user__served() {
    starts 1024 "user-$1"
    has_library_in "$1"
    ends_at_once_with_processes S
}

# As README.md says for a Go server; this one is static too.
user_with_supervisor__static_server_served() {
    build supervised <<-end
	FROM localhost/user-$1
	USER 0
	COPY build/tests/demo_server-static /usr/local/bin/server
	COPY build/privbind /usr/local/bin/
	COPY build/privbind-supervisor /usr/local/libexec/
	RUN --mount=type=bind,source=build,target=/build \
	    ["/build/set-capability", "/usr/local/libexec/privbind-supervisor"]
	ENV LD_PRELOAD=
	USER app
	CMD ["privbind", "server"]
	end
    starts 1024 supervised
    ends_at_once_with_processes SSSS # three stay beside the server
}

user_without_library__EACCES() {
    denied 'server: port 80: Permission denied' --env LD_PRELOAD= "user-$1"
}

user_with_other_port_in_policy__denied() {
    echo 'allow user app tcp 443' >/run/policy
    denied 'no rule allows user app' --volume /run/policy:/etc/privbind.conf:ro "user-$1"
}

user_after_chown_of_helper__denied() {
    printf '%s\n' "FROM localhost/user-$1" 'USER root' \
        'RUN chown app /usr/local/libexec/privbind-helper' 'USER app' | build chown
    denied 'the file has no capability' chown
}

# The program with the tests' scenarios.
host() {
    case $1 in
    glibc) echo "$PWD/build/tests/host" ;;
    musl) echo "$PWD/build/tests/host-musl" ;;
    esac
}

user_as_pid_1__sees_nothing() {
    echo 'allow user app tcp 80-99' >/run/policy
    invisible --volume /run/policy:/etc/privbind.conf:ro --volume "$(host "$1"):/host:ro" "user-$1"
}

user_with_empty_bounding_set__denied() {
    denied 'bounding set of this process lacks it' --cap-drop=all "user-$1"
}

user_with_no_new_privileges__denied() {
    denied 'this process has no_new_privs set' "$no_new_privileges" "user-$1"
}

doctor() {
    run --rm --volume "$PWD/build/privbind:/usr/local/bin/privbind:ro" "${@:2}" "user-$1" \
        privbind --check 80/tcp
}

doctor_by_user__bind_worked() {
    holds "$(doctor "$1")" 'ok    bind: 80/tcp worked'
}

doctor_with_no_new_privileges__names_sysctl() {
    local output
    output=$(doctor "$1" "$no_new_privileges") && return 1
    holds "$output" 'FAIL  bind: '
    output=$(grep '^FAIL  no_new_privs: ' <<<"$output")
    holds "$output" '--sysctl net.ipv4.ip_unprivileged_port_start=80'
}

sysctl_with_no_new_privileges__served_without_library() {
    starts 80 --sysctl net.ipv4.ip_unprivileged_port_start=80 --env LD_PRELOAD= \
        "$no_new_privileges" "user-$1"
    ends_at_once_with_processes S
}

# ---- Started by root.

root__served() {
    starts 1024 "${three_capabilities[@]}" "root-$1"
    has_library_in "$1"
    ends_at_once_with_processes SS
}

root_with_no_new_privileges__served() {
    starts 1024 "${three_capabilities[@]}" "$no_new_privileges" "root-$1"
    is no_new_privs "$(field "$pid" NoNewPrivs)" 1
    has_library_in "$1"
    ends_at_once_with_processes SS
}

# Not with --cap-add: podman makes that an ambient capability of an ordinary user.
root_without_privbind__EACCES() {
    denied 'server: port 80: Permission denied' --user app --entrypoint server "root-$1"
}

root_without_option_a__denied() {
    echo 'allow user app tcp 443' >/run/policy
    denied 'no rule allows user app' "${three_capabilities[@]}" \
        --volume /run/policy:/etc/privbind.conf:ro --entrypoint privbind "root-$1" -u app -- server
}

root_with_option_a_of_other_port__denied() {
    denied 'no rule allows' "${three_capabilities[@]}" "$no_new_privileges" \
        --entrypoint privbind "root-$1" -u app -a 'tcp 443' -- server
}

root_without_NET_BIND_SERVICE__says_so() {
    denied 'root here has no CAP_NET_BIND_SERVICE' --cap-drop=all --cap-add=SETUID,SETGID "root-$1"
}

root_as_pid_1__sees_nothing() {
    invisible "${three_capabilities[@]}" --volume "$(host "$1"):/host:ro" --entrypoint privbind \
        "root-$1" -u app -a 'tcp 80-99' --
}
