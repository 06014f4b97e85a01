/* SPDX-License-Identifier: MIT */
/* Names of ports, as services(5) has them. */
#include "unit.h"

#include <string.h>

#include "doctor/services.h"

static const struct span services = SPAN("# a comment: http 1/tcp\n"
                                         "http\t\t80/tcp\t\twww\t\t# WorldWideWeb HTTP\n"
                                         "domain 53/tcp # nic\n"
                                         "domain 53/udp\n"
                                         "\n"
                                         "short\n"
                                         "ntp 123/udp\n"
                                         "last 7/tcp");

static void name_of_a_service__its_number(void **state)
{
    static const struct {
        const char *spec, *number;
    } cases[] = {
        {"http", "80/tcp"},
        {"www", "80/tcp"},
        {"domain", "53/tcp"},
        {"domain/udp", "53/udp"},
        {"ntp", "123/udp"},
        {"last", "7/tcp"},
        {"localhost:http/tcp", "localhost:80/tcp"},
        {"[::1]:http", "[::1]:80/tcp"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char number[SERVICES_SPEC_MAX] = "", error[REASON_MAX];
        const struct span spec = {cases[i].spec, strlen(cases[i].spec)};
        if (!services_number(spec, services, number, error))
            fail_msg("%s: %s", cases[i].spec, error);
        assert_string_equal(number, cases[i].number);
    }
}

static void no_such_service__says_so(void **state)
{
    static const struct {
        const char *spec, *error;
    } cases[] = {
        {"WorldWideWeb", "'WorldWideWeb' is neither a port nor a name in /etc/services"},
        {"comment:", "'' is neither a port nor a name in /etc/services"},
        {"short", "'short' is neither a port nor a name in /etc/services"},
        {"80/tcp", "'80' is neither a port nor a name in /etc/services for tcp"},
        {"ntp/tcp", "'ntp' is neither a port nor a name in /etc/services for tcp"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char number[SERVICES_SPEC_MAX], error[REASON_MAX] = "";
        const struct span spec = {cases[i].spec, strlen(cases[i].spec)};
        assert_false(services_number(spec, services, number, error));
        assert_string_equal(error, cases[i].error);
    }
}

int run_services_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_of_a_service__its_number),
        cmocka_unit_test(no_such_service__says_so),
    };
    return cmocka_run_group_tests_name("names of ports", tests, NULL, NULL);
}
