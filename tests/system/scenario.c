/* SPDX-License-Identifier: MIT */
/* Each scenario of the host program, delegated and with the capability: no difference. */
#include "system.h"

#include <unistd.h>

#include "host/scenarios.h"

static void as_a_capable_process(void **state)
{
    system_compare(HOST, SANDBOX_LIBRARY, *state, NULL);
}

static void four_gib_resident__bound(void **state)
{
    (void)state;
    const long gib = 1 << 30;
#ifdef PRIVBIND_THREAD_SANITIZER
    cannot_run("the thread sanitizer has shadows of it, of 4 GiB and more");
#endif
    if (sysconf(_SC_AVPHYS_PAGES) / (gib / sysconf(_SC_PAGESIZE)) < 6)
        cannot_run("less than 6 GiB of memory are free");
    assert_contains(system_run_host("four_gib_resident__bound")->standard_output, "bind: ok\n");
}

static void without_library__EACCES(void **state)
{
    (void)state;
    const char *const argv[] = {HOST, "ipv4_any__bound", NULL};
    const struct run_result *result = run(&(struct run){.argv = argv});
    assert_string_equal(result->standard_output, "0.0.0.0: errno 13\n");
}

int run_scenario_tests(void)
{
    const struct CMUnitTest tests[] = {
#define SCENARIO(name)                                                                             \
    {#name, as_a_capable_process, system_setup, system_teardown, (void *)(uintptr_t) #name},
        ADDRESS_SCENARIOS SOCKET_SCENARIOS STATE_SCENARIOS CALLER_SCENARIOS TRACE_SCENARIOS
#undef SCENARIO
            cmocka_unit_test_setup_teardown(four_gib_resident__bound, system_setup,
                                            system_teardown),
        cmocka_unit_test_setup_teardown(without_library__EACCES, system_setup, system_teardown),
    };
    return cmocka_run_group_tests_name("the host cannot tell", tests, NULL, NULL);
}
