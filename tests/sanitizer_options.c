/* SPDX-License-Identifier: MIT */
/*
 * Compiled-in options of the sanitizers' runtimes, since the helper is executed with no environment
 * and the hosts with one that is part of the test.
 */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__ubsan_default_options(void);

/* Into files, which fail the test: the helper's stderr is closed, and its death after a bind is no
   failure for its caller. */
#define REPORTS ":log_path=" SANITIZER_REPORTS "/report"

/*
 * Leaks are not looked for: that needs ptrace, which the helper forbids itself, and what it reads
 * lives until it exits.
 */
const char *__asan_default_options(void)
{
    return "detect_leaks=0:verify_asan_link_order=0" REPORTS;
}

/* The first report ends the program with a status that no test expects. */
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:exitcode=66" REPORTS;
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1" REPORTS;
}
