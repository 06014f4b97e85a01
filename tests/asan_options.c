/*
 * Compiled-in options of the address sanitizer, since the helper is executed with no environment.
 * Leaks are not looked for: that needs ptrace, which the helper forbids itself, and what it reads
 * lives until it exits.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0:verify_asan_link_order=0";
}
