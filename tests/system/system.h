/* SPDX-License-Identifier: MIT */
/* What the system tests share: they run what make has built, in the sandbox, on real sockets. */
#ifndef PRIVBIND_SYSTEM_H
#define PRIVBIND_SYSTEM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run.h"
#include "sandbox.h"

#define HOST SANDBOX_DIR "/host"
#define ALLOW_ALL "allow anyone any\n"
/* An id as real, effective, saved and that of the file system: a line of /proc/PID/status. */
#define FOUR(id) id "\t" id "\t" id "\t" id "\n"

/* Leaves the test as skipped, saying why; with PRIVBIND_MUST_WORK=1 as failed. */
#define cannot_run(...)                                                                            \
    do {                                                                                           \
        system_say_skipped(__func__, __VA_ARGS__);                                                 \
        if (system_must_work())                                                                    \
            fail();                                                                                \
        skip();                                                                                    \
    } while (0)

/*
 * For what the machine may be unable to do whatever is installed, such as to run 32-bit programs:
 * PRIVBIND_WITHOUT names it where that has been found out (.ci/run), and then it may be skipped.
 */
#define cannot_run_without(what, ...)                                                              \
    do {                                                                                           \
        system_say_skipped(__func__, __VA_ARGS__);                                                 \
        if (system_must_work() && !system_is_without(what))                                        \
            fail();                                                                                \
        skip();                                                                                    \
    } while (0)

/* Whether the kernel runs that program (a 32-bit one may be refused with ENOEXEC). */
bool system_runs(const char *program);

/* For what builds: machines whose programs come from elsewhere have no compiler. */
bool system_has_compiler(void);
#define SYSTEM_NO_COMPILER "make has no compiler here"

/* What a sanitizer's runtime cannot do, whatever is tested. */
#ifdef PRIVBIND_SANITIZED
#define cannot_run_sanitized(why) cannot_run("under a sanitizer: " why)
#else
#define cannot_run_sanitized(why) (void)0
#endif

/* Reads at most size - 1 bytes of a file and a NUL; nothing where it cannot be opened. */
void system_read_file(const char *path, char *text, size_t size);

__attribute__((format(printf, 2, 3))) void system_say_skipped(const char *test, const char *format,
                                                              ...);
bool system_must_work(void);
bool system_is_without(const char *what);

/* The directory with what make has built, as it is seen in the sandbox. */
extern const char *system_build;

/* Copies a test program that make has built into the sandbox. */
void system_copy_built(const char *name, const char *to);

/*
 * "make install" of what make has built, in a file system of its own at /usr/local, and its end:
 * also while a program that is just ending still uses it. Returns 0, or what make said.
 */
int system_install(void);
#define SYSTEM_NOT_SANITIZED "under a sanitizer: what make installs is not sanitized"
int system_uninstall(void);

/* What a program needs to use the library: LD_PRELOAD and PRIVBIND_HELPER. */
extern const char *const system_environment[];

/* Runs the host program with a scenario, and the library. */
const struct run_result *system_run_host(const char *scenario);

/* For such a step: 40 descriptors, which a few that are not closed use up. */
void system_limit_descriptors(void);

/* The same, with one more step between fork and exec, as root. */
const struct run_result *system_run_host_after(const char *scenario, void (*as_root)(void));

/*
 * Runs a scenario of a host program with the capability, then with preload (the value of
 * LD_PRELOAD) and without it, both after as_root (may be NULL), and asserts that both printed the
 * same.
 */
void system_compare(const char *host, const char *preload, const char *scenario,
                    void (*as_root)(void));

/* The same with a run of any kind of that scenario; as_root (may be NULL) is for the control. */
void system_compare_run(const char *host, const char *scenario, void (*as_root)(void),
                        const struct run *delegated);

/* For as_root: the child becomes the program; this process stays, and ends as it does. */
void system_become_process_1(void);

/* For each test: policy and helper as they should be, and afterwards no process left. */
int system_setup(void **state);
int system_teardown(void **state);

/* Asserts that text holds part; prints both if not. */
void assert_contains(const char *text, const char *part);

/* Asserts that a program exited with that status, and that its stderr holds error. */
void assert_exits(const struct run_result *result, int status, const char *error);

int run_scenario_tests(void);
int run_start_tests(void);
int run_surroundings_tests(void);
int run_failure_tests(void);
int run_request_tests(void);
int run_policy_file_tests(void);
int run_library_tests(void);
int run_sequence_tests(void);
int run_descriptor_tests(void);
int run_obstacle_tests(void);
int run_advice_tests(void);
int run_program_tests(void);
int run_install_tests(void);
int run_upgrade_tests(void);
int run_package_tests(void);
int run_release_before_tests(void);
int run_launcher_tests(void);
int run_launcher_user_tests(void);
int run_word_tests(void);
int run_keyring_tests(void);
int run_listen_tests(void);
int run_completion_tests(void);
int run_resident_tests(void);
int run_resident_others_tests(void);
int run_doctor_tests(void);
int run_doctor_helper_tests(void);
int run_doctor_process_tests(void);
int run_doctor_port_tests(void);
int run_doctor_report_tests(void);
int run_policy_question_tests(void);
int run_readme_tests(void);
int run_example_tests(void);
int run_supervisor_tests(void);
int run_supervision_race_tests(void);
int run_supervised_process_tests(void);
int run_refused_supervision_tests(void);
int run_stale_tests(void);
int run_window_tests(void);
int run_stream_log_tests(void);
int run_proxy_tests(void);
int run_proxy_end_tests(void);
int run_proxy_inherit_tests(void);
int run_terminal_tests(void);
int run_call_tests(void);
int run_caller_tests(void);
int run_number_tests(void);
int run_error_tests(void);
int run_rare_tests(void);
int run_set_capability_tests(void);
int run_foreign_tests(void);
int run_queued_tests(void);
int run_squatter_tests(void);
int run_resident_attack_tests(void);
int run_hostile_tests(void);
int run_soak_tests(void);
int run_valgrind_tests(void);
int run_inject_tests(void);
int run_attack_tests(void);
int run_running_attack_tests(void);
int run_socket_attack_tests(void);
int run_identity_attack_tests(void);

#endif
