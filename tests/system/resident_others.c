/* SPDX-License-Identifier: MIT */
/* Whoever else meets a resident helper: other uids, one that took its name, its output's reader. */
#include "system.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "machine/numbers.h"
#include "protocol.h"

#define SQUATTED "@privbind-test"

/* The launcher, which inherits whom the kernel asks, does not answer. */
static void hold_whoever_leaves_the_directory(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chdir, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof code[0], code};
    const int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                      SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0 || fcntl(listener, F_SETFD, 0) != 0)
        err(EXIT_FAILURE, "seccomp");
}

/* As when USER stops it at once. */
static void helper_that_does_not_get_on__said_in_time(void **state)
{
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "-a", "any", "/bin/true", NULL};
    const struct run_result *result = run(&(struct run){
        .argv = argv, .stays_root = true, .as_root = hold_whoever_leaves_the_directory});
    assert_int_equal(WEXITSTATUS(result->status), 125);
    assert_contains(result->standard_error, "the helper does not answer; has somebody stopped it?");
    assert_true(run_took_less(result, 3 * PRIVBIND_WAIT_START / 1000));
}

/* Starts a shell below privbind -u, with its output in a pipe. */
static pid_t start_shell(const char *script, FILE **output)
{
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(channel[1], STDOUT_FILENO);
        execl(SANDBOX_LAUNCHER, "privbind", "-u", "target", "-a", "tcp 80", "/bin/sh", "-c", script,
              NULL);
        err(EXIT_FAILURE, SANDBOX_LAUNCHER);
    }
    close(channel[1]);
    *output = fdopen(channel[0], "r");
    return pid;
}

static void end_shell(pid_t pid, FILE *output)
{
    fclose(output);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The foreign uid is root: even that gets nothing. */
static void foreign_uid__connection_is_closed(void **state)
{
    char line[128] = "", answer;
    FILE *output;
    pid_t pid = start_shell("echo $PRIVBIND_SOCKET; exec sleep 20", &output);
    assert_non_null(fgets(line, sizeof line, output));
    line[strcspn(line, "\n")] = '\0';
    int fd = connect_to_name(line);
    struct privbind_request request = {.version = PRIVBIND_PROTOCOL_VERSION};
    send(fd, &request, sizeof request, MSG_NOSIGNAL);
    assert_true(recv(fd, &answer, 1, 0) <= 0); /* end of file, or a reset: there was a request */
    close(fd);
    end_shell(pid, output);
}

/* Runs the host program with the library, and a resident helper that is not ours. */
static const struct run_result *run_squatted(void)
{
    static const char *const squatted[] = {"LD_PRELOAD=" SANDBOX_LIBRARY,
                                           "PRIVBIND_HELPER=" SANDBOX_HELPER,
                                           "PRIVBIND_SOCKET=" SQUATTED, NULL};
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    return run(&(struct run){.argv = argv, .environment = squatted, .shares_network = true});
}

static void name_taken_by_another_uid__not_asked(void **state)
{
    int listener = listen_at_name(FOREIGN_UID, SQUATTED);
    const struct run_result *result = run_squatted();
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_true(run_took_less(result, 2));
    char request;
    int connection = accept(listener, NULL, NULL);
    assert_int_equal(recv(connection, &request, 1, 0), 0); /* and was told nothing */
    close(connection);
    close(listener);
}

/* Returns errno of a try to queue a descriptor in a connection of the host, or 0. */
static int queue_descriptor(int listener)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        const int connection = accept(listener, NULL, NULL);
        _exit(send_descriptors(connection, "", 1, STDIN_FILENO, 1) ? 0 : errno);
    }
    run_squatted();
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

/* The broker would have to close it, and might hang in that. */
static void name_taken_by_another_uid__cannot_queue_a_descriptor(void **state)
{
    const int no = 0;
    int listener = listen_at_name(FOREIGN_UID, SQUATTED), error = EPIPE;
    if (setsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no) != 0) {
        close(listener);
        cannot_run("before Linux 6.16 everybody can");
    }
    for (int i = 0; i < 100 && error == EPIPE; i++) /* the broker was faster */
        error = queue_descriptor(listener);
    assert_int_equal(error, EPERM);
    close(listener);
}

static void doctor_and_name_taken_by_another_uid__not_asked(void **state)
{
    static const char *const squatted[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                           "PRIVBIND_SOCKET=" SQUATTED, NULL};
    const char *const argv[] = {SANDBOX_LAUNCHER, "--check", "80/tcp", NULL};
    int listener = listen_at_name(FOREIGN_UID, SQUATTED);
    const struct run_result *result =
        run(&(struct run){.argv = argv, .environment = squatted, .shares_network = true});
    assert_contains(result->standard_output,
                    "\nnote  helper: the resident helper of privbind -u is gone, ");
    assert_contains(result->standard_output, "ok    bind: ");
    close(listener);
}

/* Ways for the resident helper to fail, and what the host hears of each. */
static void resident_misbehaves__falls_back_or_EACCES(void **state)
{
    static const struct {
        size_t answer; /* bytes */
        uint32_t version;
        const char *expected;
    } cases[] = {
        {0, 1, "0.0.0.0: ok\n"},
        {100, 1, "0.0.0.0: ok\n"},
        {sizeof(struct privbind_reply), 2, "0.0.0.0: ok\n"},
        {sizeof(struct privbind_reply), 1, "0.0.0.0: errno 6\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int listener = listen_at_name(sandbox_uid(), SQUATTED);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            struct privbind_reply reply = {.version = cases[i].version, .error = ENXIO};
            struct privbind_request request;
            int connection = accept(listener, NULL, NULL);
            /* What is left unread would come to the host as a reset, before the reply. */
            if (recv(connection, &request, sizeof request, 0) > 0 && cases[i].answer > 0)
                send(connection, &reply, cases[i].answer, MSG_NOSIGNAL);
            _exit(0);
        }
        close(listener);
        assert_contains(run_squatted()->standard_output, cases[i].expected);
        waitpid(pid, NULL, 0);
    }
}

/* A pipe that the helper kept open would keep its reader waiting for as long as the command runs.
 */
static void command_closes_its_output__reader_sees_the_end(void **state)
{
    char line[128];
    FILE *output;
    pid_t pid = start_shell("exec >&- 2>&- sleep 20", &output);
    assert_null(fgets(line, sizeof line, output));
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    end_shell(pid, output);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_resident_others_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(foreign_uid__connection_is_closed),
        TEST(name_taken_by_another_uid__not_asked),
        TEST(name_taken_by_another_uid__cannot_queue_a_descriptor),
        TEST(helper_that_does_not_get_on__said_in_time),
        TEST(doctor_and_name_taken_by_another_uid__not_asked),
        TEST(resident_misbehaves__falls_back_or_EACCES),
        TEST(command_closes_its_output__reader_sees_the_end),
    };
    if (sandbox_is_user_namespace())
        return 0; /* resident.c says why */
    return cmocka_run_group_tests_name("the resident helper: others", tests, NULL, NULL);
}
