/* SPDX-License-Identifier: MIT */
/*
 * Every command block of README.md and of the manual pages' EXAMPLES, with privbind installed.
 * Where one names a server that nobody has (gitea), a stand-in of that name serves in its place.
 */
#include "document.h"
#include "system.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY SANDBOX_DIR "/examples"
#define EXAMPLE DIRECTORY "/example"

/* What runs an example: its file is $1. */
#define AS_IT_STANDS ". \"$1\"\n"
/* A server: answers on port 80. setsid(1) makes it the leader of what is killed afterwards. */
#define SERVES_OF(start)                                                                           \
    "setsid " start " >out 2>&1 & server=$!\n"                                                     \
    "for i in $(seq 100); do\n"                                                                    \
    "    python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1/\").status)' " \
    "2>/dev/null && break\n"                                                                       \
    "    sleep 0.1\n"                                                                              \
    "done || cat out\n"                                                                            \
    "kill -- -$server; wait\n"
#define SERVES SERVES_OF("sh \"$1\" ./server")
/* A unit: its programs are there, but for the server. Of other units on this machine nothing is
   asked. */
#define IS_A_UNIT                                                                                  \
    "sed 's|/usr/local/bin/gitea|/bin/true|' \"$1\" >unit.service && chmod 644 unit.service\n"     \
    "systemd-analyze verify --man=no ./unit.service >said 2>&1 && "                                \
    "! grep -v ^/lib/systemd/system/ said && echo verified || cat said\n"
#define README "README.md"

enum who { TARGET, ROOT, UNIT, ELSEWHERE };

static const struct example {
    const char *document, *first_line;
    enum who who;
    const char *script;   /* ELSEWHERE: where it is run */
    const char *expected; /* part of what it prints */
} examples[] = {
    {README, "privbind ./app", TARGET, SERVES, "200\n"},
    {README, "apt-get update && apt-get install", ELSEWHERE, ".ci/run", ""},
    {README, "apt-get install -y --no-install-recommends libcmocka", ELSEWHERE, ".ci/run", ""},
    {README, "make && sudo make install", ROOT,
     "sed '1d; $d' \"$1\" >line && . ./line && privbind --policy -u root 443", "allowed by"},
    {README, "#!/bin/sh", TARGET, SERVES_OF("\"$1\" ./server"), "200\n"},
    {README, "#!/usr/bin/env -S privbind python3", TARGET, SERVES_OF("\"$1\""), "200\n"},
    {README, "privbind ./gitea web", TARGET, SERVES, "200\n"},
    {README, "FROM debian:12-slim", ELSEWHERE, "tests/containers/check.sh", ""},
    {README, "podman unshare true", ELSEWHERE, "tests/containers/check.sh", ""},
    {README, "[Service]", ELSEWHERE, "systemd_unit__verified", ""},
    {"helper/privbind.1", "privbind python3 -m http.server 80", TARGET, SERVES, "200\n"},
    {"helper/privbind.1", "#!/usr/bin/env -S privbind python3", TARGET,
     "{ cat \"$1\"; echo 'print(\"ran\")'; } >script; chmod +x script; ./script", "ran\n"},
    {"helper/privbind.1", "exec privbind -u app -a 'tcp 80,443' -- ", ROOT, SERVES, "200\n"},
    {"helper/privbind.1", "exec privbind -u app -a 'tcp 80,443' --no-new-privs", ROOT, SERVES,
     "200\n"},
    {"helper/privbind.1", "[Unit]", UNIT, IS_A_UNIT, "verified\n"},
    {"helper/privbind.1", "privbind ./gitea web", TARGET, SERVES, "200\n"},
    {"helper/privbind.1", "privbind --listen 80 gunicorn app:app", TARGET, SERVES, "200\n"},
    {"helper/privbind.1", "privbind -m seccomp npm run dev", TARGET, SERVES, "200\n"},
    {"helper/privbind.1", "podman unshare true", ELSEWHERE, "tests/containers/rootless.sh", ""},
    {"helper/privbind.1", "privbind --listen 80 podman run", ELSEWHERE,
     "tests/containers/rootless.sh", ""},
    {"helper/privbind.1", "privbind --check 80/tcp", ROOT, AS_IT_STANDS, "\"ok\": true"},
    {"helper/privbind.1", "privbind --policy -u gitea", ROOT, AS_IT_STANDS, "\nallowed\n"},
    {"helper/privbind.1", "privbind --policy --file draft", ROOT,
     "cp /etc/privbind.conf draft; . \"$1\" && echo installed", "installed\n"},
    {"helper/privbind.conf.5", "privbind --policy\n", TARGET, AS_IT_STANDS, "tcp 22,80,443"},
    {"helper/privbind.conf.5", "privbind --policy -u gitea 22/tcp", TARGET, AS_IT_STANDS,
     "allowed by"},
    {"helper/privbind-helper.8", "import array, socket", TARGET,
     "{ cat \"$1\"; echo 'print(error, reason.split(b\" \")[0])'; } | python3", "0 b'bound'\n"},
    {"preload/libprivbind.7", "LD_PRELOAD=/usr/local/lib/libprivbind.so", TARGET, SERVES, "200\n"},
    {"preload/libprivbind.7", "[Unit]", UNIT, IS_A_UNIT, "verified\n"},
    {"preload/libprivbind.7", "make LIBDIR=", ELSEWHERE, "library_for_32_bits__found_by_LIB", ""},
};

static const char *const environment[] = {"PATH=" DIRECTORY
                                          "/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                          "HOME=" DIRECTORY, "LC_ALL=C.UTF-8", NULL};

static void write_script(const char *path, const char *text)
{
    sandbox_write_file(path, text);
    if (chmod(path, 0755) != 0)
        err(EXIT_FAILURE, "%s", path);
}

static void make_stand_ins(void)
{
    static const char takes_sockets[] = "#!/usr/bin/env python3\n"
                                        "import os, socket\n"
                                        "assert os.environ['LISTEN_FDS'] == '1'\n"
                                        "connection = socket.socket(fileno=3).accept()[0]\n"
                                        "connection.recv(1024)\n"
                                        "connection.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n')\n";
    mkdir(DIRECTORY, 0755);
    mkdir(DIRECTORY "/bin", 0755);
    if (chmod(DIRECTORY, 01777) != 0)
        err(EXIT_FAILURE, DIRECTORY);
    write_script(DIRECTORY "/bin/sudo", "#!/bin/sh\nexec \"$@\"\n");
    write_script(DIRECTORY "/bin/gunicorn", takes_sockets);
    write_script(DIRECTORY "/bin/npm", "#!/bin/sh\nexec ./gitea\n");
    system_copy_built("demo_server", DIRECTORY "/server");
    system_copy_built("demo_server", DIRECTORY "/app");
    system_copy_built("demo_server-static", DIRECTORY "/gitea");
    sandbox_write_file("/etc/passwd",
                       "root:x:0:0::/:/bin/sh\ntarget:x:" TARGET_ID ":" TARGET_ID "::/:/bin/sh\n"
                       "gitea:x:4244:4244::/:/bin/sh\napp:x:4245:4245::/:/bin/sh\n");
    sandbox_policy("allow anyone tcp 22,80,443\n");
}

static const struct example *find_example(const char *document, const char *first)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        if (strcmp(document, examples[i].document) == 0 &&
            strncmp(first, examples[i].first_line, strlen(examples[i].first_line)) == 0)
            return &examples[i];
    }
    return NULL;
}

static void try_example(const struct example *example)
{
    char script[4096];
    snprintf(script, sizeof script, "cd " DIRECTORY "\n%s", example->script);
    const char *const argv[] = {"/bin/sh", "-c", script, "sh", EXAMPLE, NULL};
    make_stand_ins();
    if (example->who == ROOT && sandbox_is_user_namespace())
        return; /* it has no second user */
    const struct run_result *result = run(&(struct run){
        .argv = argv, .environment = environment, .stays_root = example->who == ROOT});
    if (strstr(result->standard_output, example->expected) == NULL)
        fail_msg("%s: %s: printed '%s' '%s'", example->document, example->first_line,
                 result->standard_output, result->standard_error);
}

static void try_examples(const char *path, bool units)
{
    char first[DOCUMENT_LINE_MAX];
    struct document document = document_open(path);
    int count = 0;
    mkdir(DIRECTORY, 0755);
    while (document_next_block(&document, first, EXAMPLE)) {
        const struct example *example = find_example(path, first);
        if (example == NULL)
            fail_msg("%s has an example that nobody tries: %s", path, first);
        else if (example->who != ELSEWHERE && (example->who == UNIT) == units)
            try_example(example);
        count++;
    }
    fclose(document.file);
    assert_true(count >= 1 && count <= 100);
}

static void try_documents(bool units)
{
    try_examples(README, units);
    try_examples("helper/privbind.1", units);
    try_examples("helper/privbind.conf.5", units);
    try_examples("helper/privbind-helper.8", units);
    try_examples("preload/libprivbind.7", units);
}

static void units_of_documents__verified(void **state)
{
    if (!system_has_compiler())
        cannot_run(SYSTEM_NO_COMPILER);
    if (access("/usr/bin/systemd-analyze", X_OK) != 0 || access("/usr/bin/python3", X_OK) != 0)
        cannot_run("systemd-analyze and python3 are not both installed");
    try_documents(true);
}

static void examples_of_documents__do_what_they_say(void **state)
{
    if (!system_has_compiler())
        cannot_run(SYSTEM_NO_COMPILER);
    if (access("/usr/bin/python3", X_OK) != 0)
        cannot_run("there is no python3");
    try_documents(false);
}

static int install(void **state)
{
    if (system_has_compiler() && system_install() != 0)
        return -1;
    return system_setup(state);
}

static int uninstall(void **state)
{
    system_uninstall();
    return system_teardown(state);
}

int run_example_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(examples_of_documents__do_what_they_say, install,
                                        uninstall),
        cmocka_unit_test_setup_teardown(units_of_documents__verified, install, uninstall),
    };
#ifdef PRIVBIND_SANITIZED
    (void)tests;
    system_say_skipped("examples of the documents", SYSTEM_NOT_SANITIZED);
    return 0;
#endif
    return cmocka_run_group_tests_name("examples of the documents", tests, NULL, NULL);
}
