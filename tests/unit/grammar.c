/* SPDX-License-Identifier: MIT */
/* The grammar of privbind.conf(5): what is wrong, and in which line; and what is right. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

/* Four lines that are in order, so that a mistake behind them is in line 5. */
#define GOOD "# allow nonsense\n\n \t\nallow user alice tcp 80 # nonsense\n"

struct text_case {
    struct span text;
    size_t line; /* of the first error; 0: there is none */
    const char *message;
};

static struct policy_decision decide(struct span text)
{
    struct identity who = {.uid = 1000, .passwd.loaded = true, .group.loaded = true};
    const struct policy_question question = {
        .who = &who, .protocol = PROTOCOL_TCP, .address.family = AF_INET, .port = 80};
    return policy_decide(text, &question);
}

static void assert_texts(const struct text_case *cases, size_t count)
{
    size_t failures = 0;
    for (size_t i = 0; i < count; i++) {
        const struct policy_decision decision = decide(cases[i].text);
        const bool is_invalid = decision.verdict == POLICY_INVALID;
        if (is_invalid == (cases[i].line != 0) &&
            (!is_invalid ||
             (decision.line == cases[i].line && strcmp(decision.error, cases[i].message) == 0)))
            continue;
        print_error("row %zu, \"%s\": verdict %d, line %zu, \"%s\"\n", i, cases[i].text.at,
                    (int)decision.verdict, decision.line, decision.error);
        failures++;
    }
    assert_int_equal(failures, 0);
}

static void word_missing__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN("allow\n"), 1, "user, group or anyone is missing"},
        {SPAN(GOOD "deny\t# anyone\n"), 5, "user, group or anyone is missing"},
        {SPAN(GOOD "allow user\n"), 5, "a name or a number is missing after user"},
        {SPAN("\n\ndeny group \t\n"), 3, "a name or a number is missing after group"},
        {SPAN(GOOD "allow anyone\n"), 5, "allow needs ports; for all ports write 'any'"},
        {SPAN(GOOD "allow user bob # 80\n"), 5, "allow needs ports; for all ports write 'any'"},
        {SPAN(GOOD "allow anyone tcp\n"), 5,
         "ports are missing after tcp; for all ports write 'any'"},
        {SPAN(GOOD "deny anyone udp,sctp\n"), 5,
         "ports are missing after udp,sctp; for all ports write 'any'"},
        {SPAN(GOOD "deny anyone udp on ::1\n"), 5,
         "ports are missing after udp; for all ports write 'any'"},
        {SPAN(GOOD "deny user bob on ::1\n"), 5,
         "ports are missing before on; for all ports write 'any'"},
        {SPAN(GOOD "allow anyone on ::1\n"), 5,
         "ports are missing before on; for all ports write 'any'"},
        {SPAN(GOOD "allow anyone 80 on\n"), 5, "an address is missing after on"},
        {SPAN(GOOD "deny anyone any on # ::1\n"), 5, "an address is missing after on"},
    };
    assert_texts(cases, COUNT(cases));
}

static void word_wrong__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN("permit anyone any\n"), 1, "'permit' is neither allow nor deny"},
        {SPAN(GOOD "x\n"), 5, "'x' is neither allow nor deny"},
        {SPAN(GOOD "Allow anyone any\n"), 5, "'Allow' is neither allow nor deny"},
        {SPAN(GOOD "allowanyone any\n"), 5, "'allowanyone' is neither allow nor deny"},
        {SPAN(GOOD "allow,deny anyone any\n"), 5, "'allow,deny' is neither allow nor deny"},
        {SPAN(GOOD "allow alice 80\n"), 5,
         "'alice' is neither 'user NAME', 'group NAME' nor 'anyone'"},
        {SPAN(GOOD "deny users alice\n"), 5,
         "'users' is neither 'user NAME', 'group NAME' nor 'anyone'"},
        {SPAN(GOOD "deny anyone,bob\n"), 5,
         "'anyone,bob' is neither 'user NAME', 'group NAME' nor 'anyone'"},
        {SPAN(GOOD "allow anyone ip 80\n"), 5,
         "'ip' is not a protocol (tcp, udp, ...), a port or 'any'"},
        {SPAN(GOOD "allow anyone TCP 80\n"), 5,
         "'TCP' is not a protocol (tcp, udp, ...), a port or 'any'"},
        {SPAN(GOOD "allow anyone tcp,icmp 80\n"), 5,
         "'icmp' is not a protocol (tcp, udp, ...), a port or 'any'"},
        {SPAN(GOOD "allow anyone -80\n"), 5,
         "'-80' is not a protocol (tcp, udp, ...), a port or 'any'"},
        {SPAN(GOOD "allow anyone tcp,80\n"), 5,
         "a space is missing between the protocols and '80'"},
        {SPAN(GOOD "allow anyone udp,any 80\n"), 5,
         "a space is missing between the protocols and 'any'"},
        {SPAN(GOOD "deny anyone 443#80\n"), 5, "'443#80' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone 80 at ::1\n"), 5,
         "unexpected 'at'; lists have commas and no spaces"},
        {SPAN(GOOD "allow anyone 80 443\n"), 5,
         "unexpected '443'; lists have commas and no spaces"},
        {SPAN(GOOD "allow anyone any 80\n"), 5, "unexpected '80'; lists have commas and no spaces"},
        {SPAN(GOOD "allow anyone tcp 80 udp 53\n"), 5,
         "unexpected 'udp'; lists have commas and no spaces"},
        {SPAN(GOOD "deny anyone 80 on ::1 127.0.0.1\n"), 5,
         "unexpected '127.0.0.1'; lists have commas and no spaces"},
        {SPAN(GOOD "deny anyone 80 on ::1 on ::2\n"), 5,
         "unexpected 'on'; lists have commas and no spaces"},
    };
    assert_texts(cases, COUNT(cases));
}

static void list_with_blank__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny user alice, bob\n"), 5,
         "'alice,' ends in a comma; write a list without spaces"},
        {SPAN(GOOD "deny user ,\n"), 5, "',' ends in a comma; write a list without spaces"},
        {SPAN(GOOD "allow anyone tcp, udp 53\n"), 5,
         "'tcp,' ends in a comma; write a list without spaces"},
        {SPAN(GOOD "allow anyone 80, 443\n"), 5,
         "'80,' ends in a comma; write a list without spaces"},
        {SPAN(GOOD "allow anyone 80 on ::1, ::2\n"), 5,
         "'::1,' ends in a comma; write a list without spaces"},
    };
    assert_texts(cases, COUNT(cases));
}

static void list_with_hole__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny group ,wheel\n"), 5, "an item is missing in ',wheel'"},
        {SPAN(GOOD "deny user a,,b\n"), 5, "an item is missing in 'a,,b'"},
        {SPAN(GOOD "deny user alice ,bob\n"), 5, "an item is missing in ',bob'"},
        {SPAN(GOOD "deny anyone tcp,,udp 80\n"), 5, "an item is missing in 'tcp,,udp'"},
        {SPAN(GOOD "deny anyone 80,,443\n"), 5, "an item is missing in '80,,443'"},
        {SPAN(GOOD "deny anyone 80 on ,::1\n"), 5, "an item is missing in ',::1'"},
    };
    assert_texts(cases, COUNT(cases));
}

static void id_no_name_no_number__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny user 1000-1005\n"), 5, "'1000-1005' is neither a name nor a number"},
        {SPAN(GOOD "deny user alice:\n"), 5, "'alice:' is neither a name nor a number"},
        {SPAN(GOOD "deny user -1\n"), 5, "'-1' is neither a name nor a number"},
        {SPAN(GOOD "deny user -x\n"), 5, "'-x' is neither a name nor a number"},
        {SPAN(GOOD "deny user +x\n"), 5, "'+x' is neither a name nor a number"},
        {SPAN(GOOD "deny user \"alice\"\n"), 5, "'\"alice\"' is neither a name nor a number"},
        {SPAN(GOOD "deny group @wheel\n"), 5, "'@wheel' is neither a name nor a number"},
        {SPAN(GOOD "deny group %wheel\n"), 5, "'%wheel' is neither a name nor a number"},
        {SPAN(GOOD "deny user alice,*\n"), 5, "'*' is neither a name nor a number"},
        {SPAN(GOOD "allow user bob#80 tcp 80\n"), 5, "'bob#80' is neither a name nor a number"},
    };
    assert_texts(cases, COUNT(cases));
}

static void bits_beyond_prefix__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "allow anyone 80 on 1.2.3.4/0\n"), 5,
         "1.2.3.4/0: the address has bits set beyond the prefix"},
        {SPAN(GOOD "allow anyone 80 on 127.0.0.1/31\n"), 5,
         "127.0.0.1/31: the address has bits set beyond the prefix"},
        {SPAN(GOOD "allow anyone 80 on ::1,2001:db8::1/64\n"), 5,
         "2001:db8::1/64: the address has bits set beyond the prefix"},
        {SPAN(GOOD "allow anyone 80 on ::ffff:10.0.0.1/104\n"), 5,
         "::ffff:10.0.0.1/104: the address has bits set beyond the prefix"},
        {SPAN(GOOD "allow anyone 80 on 10.0.0.0/,10.0.0.0/x\n"), 5,
         "the prefix of 10.0.0.0/ is not a number from 0 to 32 (IPv6: 0 to 128)"},
    };
    assert_texts(cases, COUNT(cases));
}

static void id_out_of_range__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny user 4294967295\n"), 5, "id 4294967295 is out of range"},
        {SPAN(GOOD "deny group 0,4294967296\n"), 5, "id 4294967296 is out of range"},
        {SPAN(GOOD "deny user 18446744073709551616\n"), 5,
         "id 18446744073709551616 is out of range"},
    };
    assert_texts(cases, COUNT(cases));
}

static void port_malformed__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "allow anyone 80x\n"), 5, "'80x' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone tcp http\n"), 5,
         "'http' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone tcp 80,any\n"), 5,
         "'any' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone 0x50\n"), 5, "'0x50' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone 80/tcp\n"), 5,
         "'80/tcp' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone tcp -80\n"), 5, "'-80' lacks one end of a range"},
        {SPAN(GOOD "allow anyone 80-\n"), 5, "'80-' lacks one end of a range"},
        {SPAN(GOOD "allow anyone 80--90\n"), 5, "'-90' is not a port (a number from 1 to 65535)"},
        {SPAN(GOOD "allow anyone 80-90-100\n"), 5,
         "'90-100' is not a port (a number from 1 to 65535)"},
    };
    assert_texts(cases, COUNT(cases));
}

static void port_out_of_range__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "allow anyone 0\n"), 5, "port 0 is out of range"},
        {SPAN(GOOD "allow anyone 0-1023\n"), 5, "port 0 is out of range"},
        {SPAN(GOOD "allow anyone 80,65536\n"), 5, "port 65536 is out of range"},
        {SPAN("\n\n\n\n\n\nallow anyone 70000\n"), 7, "port 70000 is out of range"},
        {SPAN(GOOD "allow anyone 1-99999999999999999999\n"), 5,
         "port 99999999999999999999 is out of range"},
    };
    assert_texts(cases, COUNT(cases));
}

static void range_backwards__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "allow anyone 81-80\n"), 5, "range 81-80 runs backwards"},
        {SPAN(GOOD "allow anyone 1,65535-1\n"), 5, "range 65535-1 runs backwards"},
    };
    assert_texts(cases, COUNT(cases));
}

static void address_malformed__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny anyone 80 on localhost\n"), 5, "'localhost' is not an address"},
        {SPAN(GOOD "deny anyone 80 on ::1,127.1\n"), 5, "'127.1' is not an address"},
        {SPAN(GOOD "deny anyone 80 on 127.0.0.01\n"), 5, "'127.0.0.01' is not an address"},
        {SPAN(GOOD "deny anyone 80 on 256.0.0.1\n"), 5, "'256.0.0.1' is not an address"},
        {SPAN(GOOD "deny anyone 80 on [::1]\n"), 5, "'[::1]' is not an address"},
        {SPAN(GOOD "deny anyone 80 on fe80::1%2\n"), 5, "'fe80::1%2' is not an address"},
        {SPAN(GOOD "deny anyone 80 on 1::2::3\n"), 5, "'1::2::3' is not an address"},
        {SPAN(GOOD "deny anyone 80 on any\n"), 5, "'any' is not an address"},
        {SPAN(GOOD "deny anyone 80 on /8\n"), 5, "'/8' is not an address"},
        {SPAN(GOOD "deny anyone 80 on 0000:0000:0000:0000:0000:0000:0000:0000:0000:0000\n"), 5,
         "'0000:0000:0000:0000:0000:0000:0000:0000:' is not an address"},
    };
    assert_texts(cases, COUNT(cases));
}

static void prefix_wrong__error(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "deny anyone 80 on 10.0.0.0/33\n"), 5,
         "the prefix of 10.0.0.0/33 is not a number from 0 to 32 (IPv6: 0 to 128)"},
        {SPAN(GOOD "deny anyone 80 on ::1,::/129\n"), 5,
         "the prefix of ::/129 is not a number from 0 to 32 (IPv6: 0 to 128)"},
        {SPAN(GOOD "deny anyone 80 on ::ffff:0:0/129\n"), 5,
         "the prefix of ::ffff:0:0/129 is not a number from 0 to 32 (IPv6: 0 to 128)"},
        {SPAN(GOOD "deny anyone 80 on ::ffff:10.0.0.0/95\n"), 5,
         "::ffff:10.0.0.0/95: a v4-mapped network needs a prefix of 96 or more"},
        {SPAN(GOOD "deny anyone 80 on ::ffff:10.0.0.0/8\n"), 5,
         "::ffff:10.0.0.0/8: a v4-mapped network needs a prefix of 96 or more"},
    };
    assert_texts(cases, COUNT(cases));
}

static void byte_that_no_line_may_hold__error(void **state)
{
    static const char cr[] = "the line contains a carriage return; use Unix line endings";
    static const char control[] = "the line contains a control character";
    static const struct text_case cases[] = {
        {SPAN("allow anyone any\r\n"), 1, cr},
        {SPAN(GOOD "\r\n"), 5, cr},
        {SPAN(GOOD "deny anyone\rallow anyone any\n"), 5, cr},
        {SPAN(GOOD "deny user bob\0\n"), 5, "the line contains a NUL byte"},
        {SPAN(GOOD "# \0\n"), 5, "the line contains a NUL byte"},
        {SPAN(GOOD "\0"), 5, "the line contains a NUL byte"},
        {SPAN(GOOD "# \033[2Kallow\n"), 5, control},
        {SPAN(GOOD "deny\vanyone\n"), 5, control},
        {SPAN(GOOD "\f\n"), 5, control},
        {SPAN(GOOD "deny user b\x01\n"), 5, control},
        {SPAN(GOOD "deny user b\x1f\n"), 5, control},
        {SPAN(GOOD "deny user b\x7f\n"), 5, control},
    };
    assert_texts(cases, COUNT(cases));
}

static void last_newline_missing__error(void **state)
{
    static const char message[] = "the last line does not end in a newline; is the file cut short?";
    static const struct text_case cases[] = {
        {SPAN("allow anyone 80"), 1, message},
        {SPAN(GOOD "deny anyone"), 5, message},
        {SPAN(GOOD "# the end"), 5, message},
        {SPAN(GOOD " "), 5, message},
    };
    assert_texts(cases, COUNT(cases));
}

static void errors_in_two_lines__first_counts(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "grant\nallow anyone 0\n"), 5, "'grant' is neither allow nor deny"},
        {SPAN(GOOD "allow anyone 0\ngrant\n"), 5, "port 0 is out of range"},
        {SPAN("# 1\nallow anyone 80\n# 3\n\n\ndeny\n\ngrant"), 6,
         "user, group or anyone is missing"},
    };
    assert_texts(cases, COUNT(cases));
}

static void long_word__message_shows_40_bytes(void **state)
{
    static const struct text_case cases[] = {
        {SPAN(GOOD "a123456789b123456789c123456789d123456789 80\n"), 5,
         "'a123456789b123456789c123456789d123456789' is neither allow nor deny"},
        {SPAN(GOOD "a123456789b123456789c123456789d123456789e 80\n"), 5,
         "'a123456789b123456789c123456789d123456789' is neither allow nor deny"},
    };
    assert_texts(cases, COUNT(cases));
}

static void text_in_order__no_error(void **state)
{
    static const struct text_case cases[] = {
        {.text = {NULL, 0}},
        {.text = SPAN("")},
        {.text = SPAN("\n")},
        {.text = SPAN(GOOD)},
        {.text = SPAN("#\n \t# allow\n\t\n   \n")},
        {.text = SPAN("\t deny \t user\tmallory \t \n")},
        {.text = SPAN("deny user b\xc3\xb6rge,x-,a.b_c$,0,4294967294\n")},
        {.text = SPAN("deny group wheel,00010\ndeny anyone\n")},
        {.text = SPAN("allow anyone any\nallow anyone tcp any\nallow anyone any on ::1\n")},
        {.text = SPAN("allow anyone tcp,udp,mptcp,udplite,sctp,dccp 1,65535,1-65535,80-80,080\n")},
        {.text = SPAN("deny anyone 80 on 0.0.0.0/0,255.255.255.255/32,::/0,::1/128 #end\n")},
        {.text = SPAN("deny anyone 80 on ::ffff:0:0/96,::ffff:10.0.0.0/128\n")},
        {.text = SPAN("deny anyone 80 on 2001:0db8:0000:0000:0000:ffff:255.255.255.255\n")},
    };
    assert_texts(cases, COUNT(cases));
}

/* A text whose second line is length bytes of beginning and then filler; 0 if it has no error. */
static size_t error_line_with_length(size_t length, const char *beginning, char filler)
{
    char text[RULE_LINE_MAX + 16] = "#\n";
    memset(text + 2, filler, length);
    memcpy(text + 2, beginning, strlen(beginning));
    text[2 + length] = '\n';
    const struct policy_decision decision = decide((struct span){text, 2 + length + 1});
    if (decision.verdict != POLICY_INVALID)
        return 0;
    assert_string_equal(decision.error, "the line is longer than 4095 bytes");
    return decision.line;
}

static void line_of_4095_bytes__no_error(void **state)
{
    assert_int_equal(error_line_with_length(4095, "#", 'x'), 0);
    assert_int_equal(error_line_with_length(4095, "allow anyone any", ' '), 0);
    assert_int_equal(error_line_with_length(4095, "deny user ", 'x'), 0);
}

static void line_of_4096_bytes__error(void **state)
{
    assert_int_equal(error_line_with_length(4096, "#", 'x'), 2);
    assert_int_equal(error_line_with_length(4096, "allow anyone any", ' '), 2);
    assert_int_equal(error_line_with_length(4096, "deny user ", 'x'), 2);
}

int run_grammar_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(word_missing__error),
        cmocka_unit_test(word_wrong__error),
        cmocka_unit_test(list_with_blank__error),
        cmocka_unit_test(list_with_hole__error),
        cmocka_unit_test(id_no_name_no_number__error),
        cmocka_unit_test(bits_beyond_prefix__error),
        cmocka_unit_test(id_out_of_range__error),
        cmocka_unit_test(port_malformed__error),
        cmocka_unit_test(port_out_of_range__error),
        cmocka_unit_test(range_backwards__error),
        cmocka_unit_test(address_malformed__error),
        cmocka_unit_test(prefix_wrong__error),
        cmocka_unit_test(byte_that_no_line_may_hold__error),
        cmocka_unit_test(last_newline_missing__error),
        cmocka_unit_test(errors_in_two_lines__first_counts),
        cmocka_unit_test(long_word__message_shows_40_bytes),
        cmocka_unit_test(text_in_order__no_error),
        cmocka_unit_test(line_of_4095_bytes__no_error),
        cmocka_unit_test(line_of_4096_bytes__error),
    };
    return cmocka_run_group_tests_name("grammar of the policy", tests, NULL, NULL);
}
