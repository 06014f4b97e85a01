# shellcheck shell=bash
# What several rows do before they start and when they ask.

# Makes the file zone, in which a.test is 192.0.2.1.
make_zone() { printf '%s\n' '@ 60 SOA a b 1 1 1 1 60' '@ 60 NS a' 'a 60 A 192.0.2.1' >zone; }

# Makes the files key and cert.
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a \
        -keyout key -out cert 2>/dev/null
}

# ask_dns SERVER...: what the servers say that a.test is, each by UDP and by TCP.
ask_dns() {
    local server
    for server; do
        dig +short +tries=1 +time=2 "@$server" a.test
        dig +short +tries=1 +time=2 +tcp "@$server" a.test
    done | xargs
}

# ask_ssh ARGUMENT...: logs in at 127.0.0.1 with the file key.
ask_ssh() {
    ssh -F none -i key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=known \
        target@127.0.0.1 "$@"
}

# build_go ARGUMENT...: makes the file server of server.go.
build_go() {
    GOCACHE=$PWD/cache GO111MODULE=off go build -o server "$@" /etc/privbind-sandbox/server.go
}
