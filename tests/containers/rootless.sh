# shellcheck shell=bash disable=SC2154,SC2317
# Rootless podman: an ordinary user with subordinate ids, in the namespaces of check.sh. Supervision
# sets no_new_privs, and newuidmap is set-user-ID: podman's own user namespace has to be there
# before, unless privbind only hands a socket over.

readonly user_id=4242 home=/run/rootless

why_not_rootless() {
    local tool
    for tool in newuidmap newgidmap slirp4netns ip setpriv; do
        command -v "$tool" >/dev/null || echo "there is no $tool"
    done
    [ -c /dev/net/tun ] || echo 'there is no /dev/net/tun'
}

# Runs a command as that user, with the privbind of this build in PATH.
as_user() {
    timeout --kill-after=5 60 setpriv --reuid $user_id --regid $user_id --clear-groups \
        env -i -C $home HOME=$home XDG_RUNTIME_DIR=$home/run TMPDIR=$home \
        CONTAINERS_CONF=$home/containers.conf CONTAINERS_STORAGE_CONF=$home/storage.conf \
        PRIVBIND_HELPER=/run/privbind/privbind-helper \
        PATH=/run/privbind:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# /etc is a layer above the machine's, which gets a user, ids for the user, and a policy.
make_user() {
    local file
    mkdir -p /run/etc/{upper,work} $home/run
    mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work none /etc
    echo "rootless:x:$user_id:$user_id::$home:/bin/sh" >>/etc/passwd
    echo "rootless:x:$user_id:" >>/etc/group
    for file in /etc/subuid /etc/subgid; do
        echo "rootless:2000000:65536" >$file
    done
    echo 'allow user rootless tcp 80' >/etc/privbind.conf
    cat >$home/containers.conf <<-end
	[containers]
	netns = "slirp4netns"
	default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	end
    cat >$home/storage.conf <<-end
	[storage]
	driver = "vfs"
	graphroot = "$home/graph"
	runroot = "$home/run/containers"
	end
    chown -R $user_id:$user_id $home
}

install_privbind() {
    local name
    mkdir /run/privbind
    cp build/privbind build/libprivbind.so build/tests/{demo_server,activated} /run/privbind
    for name in privbind-helper privbind-supervisor; do
        build/set-capability build/$name /run/privbind/$name
    done
}

set_up_rootless() {
    make_user
    install_privbind
    ip link set lo up
    mknod -m 666 /run/tun c 10 200 # the machine's may be root's alone
    mount --bind /run/tun /dev/net/tun
    tar -C /run/glibc -c . | as_user podman import --quiet - base
    as_user podman run --rm --net none base true
}

# Ends what keeps podman's user namespace, and with it what was started in there.
forget_namespace() {
    as_user podman system migrate
}

# The answer on port 80 here, where no container is.
answer_here() {
    # shellcheck disable=SC2016
    local client='exec 3<>/dev/tcp/127.0.0.1/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3'
    for _ in {1..100}; do
        timeout 10 bash -c "$client" 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

served_from_container=(podman run --rm --publish '127.0.0.1:80:80'
    --volume /run/privbind/demo_server:/server:ro base /server)

rootless_cold__newuidmap_gains_nothing() {
    local output
    forget_namespace
    output=$(as_user privbind "${served_from_container[@]}" 2>&1) && return 1
    holds "$output" newuidmap
}

rootless_after_podman_unshare__served() {
    local answer
    as_user podman unshare true
    as_user privbind "${served_from_container[@]}" >$home/output 2>&1 &
    answer=$(answer_here) || {
        cat $home/output
        return 1
    }
    holds "$answer" 'Hello from an unprivileged process.'
    as_user podman rm --all --force --time 0
    wait
}

rootless_without_privbind__denied() {
    local output
    output=$(as_user "${served_from_container[@]}" 2>&1) && return 1
    holds "$output" 'permission denied'
}

rootless_cold_with_listen__socket_is_in_the_container() {
    local answer
    forget_namespace
    as_user privbind --listen 127.0.0.1:80 podman run --rm --net none \
        --volume /run/privbind/activated:/activated:ro base /activated answer >$home/output 2>&1 &
    answer=$(answer_here) || {
        cat $home/output
        return 1
    }
    is 'the answer' "$answer" 'hello over descriptor 3'
    wait
}
