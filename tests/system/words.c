/* SPDX-License-Identifier: MIT */
/* What of a command's words decides: prefixes, and words that only look like programs. */
#include "system.h"

#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define STATIC_HOST SANDBOX_DIR "/host-static"
#define COPY SANDBOX_DIR "/copy" /* of a program, to be changed */
#define WORDS_MAX 12
#define REACHED "the library is preloaded: LD_PRELOAD reaches it\n"
#define BINDS "exec " HOST " ipv4_any__bound"

static const char *const environment[] = {"PRIVBIND_HELPER=" SANDBOX_HELPER,
                                          "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "PRIVBIND_DEBUG=1",
                                          NULL};

#define need_root()                                                                                \
    do {                                                                                           \
        if (sandbox_is_user_namespace())                                                           \
            cannot_run("uid 0, the only one in this user namespace, gains nothing");               \
    } while (0)

static const struct run_result *privbind(const char *const words[WORDS_MAX])
{
    const char *argv[WORDS_MAX + 2] = {SANDBOX_LAUNCHER};
    for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
        argv[i + 1] = words[i];
    return run(&(struct run){.argv = argv, .environment = environment});
}

#define PRIVBIND(...) privbind((const char *const[WORDS_MAX]){__VA_ARGS__})

struct prefix {
    const char *test, *path;
    const char *words[4]; /* before the program */
};

static const struct prefix prefixes[] = {
    {"prefix_nice__supervised", "/usr/bin/nice", {"nice", "-n", "5"}},
    {"prefix_env__supervised", "/usr/bin/env", {"env", "-u", "B", "A=1"}},
    {"prefix_timeout__supervised", "/usr/bin/timeout", {"timeout", "50s"}},
    {"prefix_setsid__supervised", "/usr/bin/setsid", {"setsid", "-w"}},
    {"prefix_nohup__supervised", "/usr/bin/nohup", {"nohup"}},
    {"prefix_chrt__supervised", "/usr/bin/chrt", {"chrt", "-b", "0"}},
    {"prefix_stdbuf__supervised", "/usr/bin/stdbuf", {"stdbuf", "-oL"}},
    {"prefix_ionice__supervised", "/usr/bin/ionice", {"ionice", "-c", "3"}},
    {"prefix_taskset__supervised", "/usr/bin/taskset", {"taskset", "-c", "0-1023"}},
    {"prefix_xargs__supervised", "/usr/bin/xargs", {"xargs"}},
    {"prefix_tini__supervised", "/usr/bin/tini", {"tini", "-s", "--"}},
    {"prefix_dumb_init__supervised", "/usr/bin/dumb-init", {"dumb-init"}},
    {"prefix_catatonit__supervised", "/usr/bin/catatonit", {"catatonit", "--"}},
    {"prefix_strace__supervised", "/usr/bin/strace", {"strace", "-f", "-o", "/dev/null"}},
    {"prefix_prlimit__supervised", "/usr/bin/prlimit", {"prlimit", "--nofile=256"}},
    {"prefix_flock__supervised", "/usr/bin/flock", {"flock", "/tmp"}},
    {"prefix_setarch__supervised", "/usr/bin/setarch", {"setarch", "-R"}},
    {"prefix_setpriv__supervised", "/usr/bin/setpriv", {"setpriv", "--reset-env"}},
    {"prefix_time__supervised", "/usr/bin/time", {"/usr/bin/time", "-p"}},
    {"prefix_of_a_prefix__supervised", "/usr/bin/nohup", {"env", "nice", "nohup"}},
};
#define PREFIXES (sizeof prefixes / sizeof prefixes[0])

static void prefixed(void **state)
{
    const struct prefix *prefix = *state;
    const char *words[WORDS_MAX] = {NULL};
    size_t count = 0;
    if (access(prefix->path, X_OK) != 0)
        cannot_run("%s is not installed", prefix->path);
    for (; count < 4 && prefix->words[count] != NULL; count++)
        words[count] = prefix->words[count];
    words[count++] = STATIC_HOST;
    words[count] = "ipv4_any__bound";
    const struct run_result *result = privbind(words);
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_contains(result->standard_error, ": supervised through seccomp: a static program\n");
}

static void program_that_is_an_argument__supervised_and_bound(void **state)
{
    const struct run_result *result = PRIVBIND("sh", "-c", BINDS, "sh", STATIC_HOST);
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_contains(result->standard_error, STATIC_HOST ": supervised through seccomp: a static ");
}

static void words_that_are_no_programs__library(void **state)
{
    static const char data[] = SANDBOX_DIR "/data";
    sandbox_copy_file(STATIC_HOST, data);
    chmod(data, 0644);
    const struct run_result *result =
        PRIVBIND("sh", "-c", BINDS, data, "/etc", "", "nosuch", "/dev/null", "etc/passwd");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_contains(result->standard_error, "privbind: sh: " REACHED);
}

/* A copy of a program, with this mode. */
static void copy_program(const char *program, mode_t mode)
{
    unlink(COPY);
    sandbox_copy_file(program, COPY);
    if (chmod(COPY, mode) != 0)
        err(EXIT_FAILURE, "%s", COPY);
}

#define NO_NEW_PRIVS "grep", "NoNewPrivs", "/proc/self/status"

static void setuid_word__not_supervised_and_told_what_helps(void **state)
{
    need_root();
    copy_program("/usr/bin/env", 04755);
    const struct run_result *result = PRIVBIND("nice", "-n", "5", COPY, NO_NEW_PRIVS, STATIC_HOST);
    assert_contains(result->standard_output, "NoNewPrivs:\t0\n");
    assert_contains(result->standard_error,
                    "privbind: " COPY
                    " is set-user-ID: LD_PRELOAD cannot reach it, and under supervision "
                    "it would not change user; put privbind after it, as in: sudo -u USER privbind "
                    "COMMAND\n");
}

static void setgid_word__told(void **state)
{
    need_root();
    copy_program("/usr/bin/env", 02755);
    assert_contains(PRIVBIND(COPY, "true")->standard_error,
                    "privbind: " COPY " is set-group-ID: LD_PRELOAD cannot reach it");
}

static void setuid_program_among_arguments__nothing_said(void **state)
{
    need_root();
    copy_program("/usr/bin/env", 04755);
    assert_string_equal(PRIVBIND("sh", "-c", "true", "no-program", COPY)->standard_error,
                        "privbind: sh: " REACHED);
    const struct run_result *result = PRIVBIND("sh", "-c", "exec " STATIC_HOST " ipv4_any__bound",
                                               "no-program", COPY, STATIC_HOST);
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
}

static void setuid_word_where_it_gains_nothing__reached(void **state)
{
    need_root();
    copy_program("/usr/bin/env", 04755);
    const char *const argv[] = {SANDBOX_LAUNCHER, "-u", "target", "--no-new-privs", COPY,
                                "true",           NULL};
    assert_string_equal(
        run(&(struct run){.argv = argv, .environment = environment, .stays_root = true})
            ->standard_error,
        "privbind: " COPY ": " REACHED);
}

static void give_capability(unsigned capability)
{
    const struct vfs_cap_data data = {htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE),
                                      {{htole32(1u << capability), 0}}};
    if (setxattr(COPY, "security.capability", &data, sizeof data, 0) != 0)
        err(EXIT_FAILURE, "security.capability");
}

static void file_capability__told_what_helps(void **state)
{
    need_root();
    copy_program(HOST, 0755);
    give_capability(CAP_NET_RAW);
    const struct run_result *result = PRIVBIND("env", COPY, "ipv4_any__bound");
    assert_contains(result->standard_error,
                    "privbind: " COPY
                    " has file capabilities: LD_PRELOAD cannot reach it, and under "
                    "supervision it would lose them; as root: setcap -r, or do without them: "
                    "privbind -m seccomp\n");
    assert_contains(PRIVBIND("-m", "seccomp", "env", COPY, "ipv4_any__bound")->standard_output,
                    "0.0.0.0: ok\n");
}

static void file_capability_to_bind__needs_no_supervision(void **state)
{
    need_root();
    copy_program(STATIC_HOST, 0755);
    give_capability(CAP_NET_BIND_SERVICE);
    sandbox_policy("");
    const struct run_result *result = PRIVBIND(COPY, "ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_string_equal(result->standard_error,
                        "privbind: " COPY ": the library is preloaded: the program's file has "
                        "CAP_NET_BIND_SERVICE\n");
}

static void unreadable_program__told(void **state)
{
    need_root();
    copy_program(HOST, 0711);
    const struct run_result *result = PRIVBIND(COPY, "ipv4_any__bound");
    assert_contains(result->standard_output, "0.0.0.0: ok\n");
    assert_contains(result->standard_error,
                    "it cannot be read, so LD_PRELOAD might not reach it; chmod a+r");
}

static void appimage__library(void **state)
{
    for (char type = 1; type <= 2; type++) {
        const char mark[] = {'A', 'I', type};
        copy_program(STATIC_HOST, 0755);
        int fd = open(COPY, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, mark, sizeof mark, 8), sizeof mark);
        close(fd);
        assert_contains(PRIVBIND("nice", COPY)->standard_error, "privbind: nice: " REACHED);
        assert_contains(PRIVBIND(COPY)->standard_error,
                        "the library is preloaded: it is an AppImage");
    }
}

/* An ELF file with 3 GiB of data, which is a hole. */
static void write_sparse_program(void)
{
    const off_t size = (off_t)3 << 30;
    const struct {
        Elf64_Ehdr header;
        Elf64_Phdr data;
    } image = {
        {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
         .e_phoff = sizeof(Elf64_Ehdr),
         .e_phentsize = sizeof(Elf64_Phdr),
         .e_phnum = 1},
        {.p_type = PT_LOAD, .p_flags = PF_W, .p_filesz = (Elf64_Xword)size},
    };
    unlink(COPY);
    int fd = open(COPY, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (write(fd, &image, sizeof image) != sizeof image || ftruncate(fd, size) != 0)
        err(EXIT_FAILURE, "%s", COPY);
    close(fd);
}

static void sparse_program__judged_in_a_moment(void **state)
{
    write_sparse_program();
    const struct run_result *result = PRIVBIND(COPY);
    assert_contains(result->standard_error, "supervised through seccomp: a static program");
    if (!run_took_less(result, 3))
        fail_msg("it took %.1f seconds", result->seconds);
}

static void program_cut_short_meanwhile__no_harm(void **state)
{
    write_sparse_program();
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        usleep(100000);
        _exit(truncate(COPY, 100) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    const struct run_result *result = PRIVBIND(COPY);
    waitpid(child, NULL, 0);
    assert_true(WIFEXITED(result->status));
    assert_int_equal(WEXITSTATUS(result->status), 126);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_word_tests(void)
{
    static const struct CMUnitTest others[] = {
        TEST(program_that_is_an_argument__supervised_and_bound),
        TEST(words_that_are_no_programs__library),
        TEST(setuid_word__not_supervised_and_told_what_helps),
        TEST(setgid_word__told),
        TEST(setuid_program_among_arguments__nothing_said),
        TEST(setuid_word_where_it_gains_nothing__reached),
        TEST(file_capability__told_what_helps),
        TEST(file_capability_to_bind__needs_no_supervision),
        TEST(unreadable_program__told),
        TEST(appimage__library),
        TEST(sparse_program__judged_in_a_moment),
        TEST(program_cut_short_meanwhile__no_harm),
    };
    struct CMUnitTest tests[PREFIXES + sizeof others / sizeof others[0]];
    for (size_t i = 0; i < PREFIXES; i++)
        tests[i] = (struct CMUnitTest){prefixes[i].test, prefixed, system_setup, system_teardown,
                                       (void *)(uintptr_t)&prefixes[i]};
    memcpy(tests + PREFIXES, others, sizeof others);
#ifdef PRIVBIND_SANITIZED
    puts("CANNOT RUN words: there is no static program with a sanitizer");
    return 0;
#endif
    system_copy_built("host-static", STATIC_HOST);
    return cmocka_run_group_tests_name("words of the command", tests, NULL, NULL);
}
