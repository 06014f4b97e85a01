/* SPDX-License-Identifier: MIT */
/* Real programs: interpreters with the library preloaded, and what setcap would break. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "older.h"

#define PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const environment[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                          "PRIVBIND_HELPER=" SANDBOX_HELPER, PATH, "HOME=/", NULL};

static pid_t start(const char *const *argv, bool with_library)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        closefrom(3);
        sandbox_become_target(false);
        if (freopen("/dev/null", "w", stdout) == NULL ||
            (!with_library && freopen("/dev/null", "w", stderr) == NULL))
            _exit(126);
        execve(argv[0], (char *const *)argv, (char *const *)(environment + (with_library ? 0 : 1)));
        err(126, "%s", argv[0]);
    }
    setpgid(pid, pid);
    return pid;
}

/* Asks http://127.0.0.1:port/ until the server ends, at most 15 s times run_patience(). The answer
   is static. */
static const char *ask(pid_t server, uint16_t port)
{
    static char answer[4096];
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    memset(answer, 0, sizeof answer);
    const int attempts = (int)(150 * run_patience());
    for (int attempt = 0; attempt < attempts && waitpid(server, NULL, WNOHANG) == 0; attempt++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
            size_t used = 0;
            ssize_t count = write(fd, request, sizeof request - 1);
            while (count > 0 && used < sizeof answer - 1) {
                count = read(fd, answer + used, sizeof answer - 1 - used);
                used += count > 0 ? (size_t)count : 0;
            }
            close(fd);
            return answer;
        }
        close(fd);
        usleep(100000);
    }
    return answer;
}

/* Without the library the server must not come up, or its answer with it would prove nothing. */
static void assert_serves(const char *const *argv, uint16_t port, const char *expected)
{
    for (int with_library = 0; with_library <= 1; with_library++) {
        pid_t server = start(argv, with_library);
        const char *answer = ask(server, port);
        kill(-server, SIGKILL);
        waitpid(server, NULL, 0);
        if (with_library)
            assert_contains(answer, expected);
        else
            assert_string_equal(answer, "");
    }
}

static void write_script(const char *path, const char *text)
{
    sandbox_write_file(path, text);
    chmod(path, 0755);
}

#define need(program)                                                                              \
    do {                                                                                           \
        if (access(program, X_OK) != 0)                                                            \
            cannot_run("%s is not installed", program);                                            \
    } while (0)

static void python_http_server__answers(void **state)
{
    const char *const argv[] = {"/usr/bin/python3", "-m", "http.server", "81", "-d",
                                SANDBOX_DIR,        NULL};
    need(argv[0]);
    assert_serves(argv, 81, "200 OK");
}

static void perl_io_socket__answers(void **state)
{
    const char *const argv[] = {
        "/usr/bin/perl", "-MIO::Socket::INET", "-e",
        "my $s = IO::Socket::INET->new(LocalPort => 82, Listen => 5, ReuseAddr => 1) or die $!;"
        "while (my $c = $s->accept) { <$c>; print $c \"200 OK from perl\\n\"; close $c }",
        NULL};
    need(argv[0]);
    assert_serves(argv, 82, "200 OK from perl");
}

static void node__answers(void **state)
{
    const char *const argv[] = {
        "/usr/bin/node", "-e",
        "require('http').createServer((q, r) => r.end('from node')).listen(83)", NULL};
    need(argv[0]);
    assert_serves(argv, 83, "from node");
}

/* The primary process binds, and hands the socket to two workers. */
static void node_cluster__answers(void **state)
{
    const char *const argv[] = {"/usr/bin/node", SANDBOX_DIR "/cluster.js", NULL};
    need(argv[0]);
    sandbox_write_file(argv[1],
                       "const cluster = require('cluster'), http = require('http');\n"
                       "if (cluster.isPrimary) {\n"
                       "  for (let i = 0; i < 2; i++) cluster.fork();\n"
                       "  cluster.on('exit', () => process.exit(1));\n"
                       "} else {\n"
                       "  http.createServer((q, r) => r.end('from a worker')).listen(84);\n"
                       "}\n");
    assert_serves(argv, 84, "from a worker");
}

static void interpreter_script__answers(void **state)
{
    const char *const argv[] = {SANDBOX_DIR "/script", NULL};
    need("/usr/bin/python3");
    write_script(argv[0], "#!/usr/bin/python3\n"
                          "import http.server\n"
                          "http.server.HTTPServer(('', 85), "
                          "http.server.BaseHTTPRequestHandler).serve_forever()\n");
    assert_serves(argv, 85, "501 Unsupported method");
}

static void shell_wrapper__answers(void **state)
{
    const char *const argv[] = {SANDBOX_DIR "/wrapper", NULL};
    need("/usr/bin/python3");
    write_script(argv[0], "#!/bin/sh\nexec /usr/bin/python3 -m http.server 86\n");
    assert_serves(argv, 86, "200 OK");
}

/* The example of privbind-helper(8), as it stands there but for the path of the helper. */
static void example_of_the_manual__bound(void **state)
{
    const char *const argv[] = {"/usr/bin/python3", SANDBOX_DIR "/example.py", NULL};
    need(argv[0]);
    if (system("sed -n '/^import array/,/^\\.Ed/p' helper/privbind-helper.8 | sed '$d' |"
               "sed 's|/usr/local/libexec|" SANDBOX_DIR "|' >" SANDBOX_DIR "/example.py &&"
               "echo 'print(version, error, server.getsockname())' >>" SANDBOX_DIR
               "/example.py") != 0)
        err(EXIT_FAILURE, "example");
    assert_string_equal(run(&(struct run){.argv = argv})->standard_output, "1 0 ('0.0.0.0', 80)\n");
}

/* The reason for this project, both halves of it. */
static void ld_library_path__works_where_setcap_fails(void **state)
{
    const char *const argv[] = {SANDBOX_DIR "/needs_library", NULL};
    const char *const variables[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                     "PRIVBIND_HELPER=" SANDBOX_HELPER,
                                     "LD_LIBRARY_PATH=" SANDBOX_DIR, NULL};
    const struct run program = {.argv = argv, .environment = variables};
    if (sandbox_is_user_namespace())
        cannot_run("uid 0, the only one in this user namespace, gets no secure execution");
    system_copy_built("needs_library", argv[0]);
    system_copy_built("libown.so", SANDBOX_DIR "/libown.so");
    assert_string_equal(run(&program)->standard_output, "bound with the help of its own library\n");

    sandbox_set_capability(argv[0]);
    const struct run_result *result = run(&program);
    assert_int_equal(WEXITSTATUS(result->status), 127);
    assert_contains(result->standard_error, "libown.so: cannot open shared object file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_program_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(python_http_server__answers),
        TEST(perl_io_socket__answers),
        TEST(node__answers),
        TEST(node_cluster__answers),
        TEST(interpreter_script__answers),
        TEST(shell_wrapper__answers),
        TEST(example_of_the_manual__bound),
        TEST(ld_library_path__works_where_setcap_fails),
    };
    return cmocka_run_group_tests_name("real programs", tests, NULL, NULL);
}
