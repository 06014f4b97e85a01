/* SPDX-License-Identifier: MIT */
/* Attacks by what a program inherits when it is executed. */
#include "attack.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

void plain_try(void)
{
    attack_show("plain", NULL);
}

void argc_0(void)
{
    static char *const none[] = {NULL};
    attack_show("argc 0", &(struct attack){.arguments = none});
}

void hostile_argv_0(void)
{
    static char longest[100000], *const names[] = {longest,
                                                   "",
                                                   "%n%n%s%s%x",
                                                   "\n<86>sshd[1]: Accepted password",
                                                   "\033]0;title\a\r\b\177",
                                                   "--check-policy",
                                                   "../../../etc/shadow",
                                                   "\xff\xfe\x80"};
    memset(longest, 'A', sizeof longest - 1);
    for (size_t i = 0; i < COUNT(names); i++) {
        char *const arguments[] = {names[i], NULL};
        attack_show("argv[0]", &(struct attack){.arguments = arguments});
    }
}

#define HERE ATTACK_DIR "/written"

/* All of them by themselves and all at once. What would write writes to where it could. */
void hostile_environment(void)
{
    static char longest[100000] = "LD_LIBRARY_PATH=";
    static char *variables[] = {
        "LD_PRELOAD=" SANDBOX_LIBRARY,
        "LD_AUDIT=" SANDBOX_LIBRARY,
        "LD_LIBRARY_PATH=" ATTACK_DIR,
        "LD_DEBUG=all",
        "LD_DEBUG_OUTPUT=" HERE,
        "LD_PROFILE=libc.so.6",
        "LD_PROFILE_OUTPUT=" ATTACK_DIR,
        "LD_SHOW_AUXV=1",
        "LD_TRACE_LOADED_OBJECTS=1",
        "LD_VERBOSE=1",
        "LD_WARN=1",
        "LD_BIND_NOW=1",
        "LD_BIND_NOT=1",
        "LD_DYNAMIC_WEAK=1",
        "LD_HWCAP_MASK=0",
        "LD_ORIGIN_PATH=" ATTACK_DIR,
        "LD_ASSUME_KERNEL=2.2.5",
        "LD_POINTER_GUARD=0",
        "LD_USE_LOAD_BIAS=0",
        "LD_PREFER_MAP_32BIT_EXEC=1",
        "LD_LIBRARY_PATH",
        "GLIBC_TUNABLES=glibc.malloc.check=3:glibc.rtld.nns=99999",
        "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "MALLOC_CHECK_=3",
        "MALLOC_PERTURB_=165",
        "MALLOC_TRACE=" HERE,
        "MALLOC_ARENA_MAX=0",
        "MALLOC_TOP_PAD_=-1",
        "MALLOC_MMAP_MAX_=-1",
        "GCONV_PATH=" ATTACK_DIR,
        "GETCONF_DIR=" ATTACK_DIR,
        "LOCPATH=" ATTACK_DIR,
        "LC_ALL=../../../attacker",
        "LANG=x",
        "LANGUAGE=x",
        "NLSPATH=" ATTACK_DIR "/%N",
        "MUSL_LOCPATH=" ATTACK_DIR,
        "TZ=:/dev/zero",
        "TZDIR=" ATTACK_DIR,
        "TMPDIR=" ATTACK_DIR,
        "HOSTALIASES=/dev/zero",
        "RES_OPTIONS=debug",
        "LOCALDOMAIN=x",
        "RESOLV_HOST_CONF=/dev/zero",
        "MEMUSAGE_OUTPUT=" HERE,
        "PCPROFILE_OUTPUT=" HERE,
        "SEGFAULT_SIGNALS=all",
        "GMON_OUT_PREFIX=" HERE,
        "PRIVBIND_HELPER=/bin/sh",
        "PRIVBIND_SOCKET=@x",
        "PRIVBIND_CONF=" ATTACK_DIR "/conf",
        "PATH=" ATTACK_DIR,
        "IFS=/",
        "=",
        "",
        longest,
        NULL};
    struct tally tally = {0};
    memset(longest + strlen(longest), '/', sizeof longest - 1 - strlen(longest));
    for (size_t i = 0; i + 1 < COUNT(variables); i++) {
        char *const one[] = {variables[i], variables[i], NULL};
        tally.count[attack_try(&(struct attack){.environment = one})]++;
    }
    tally.count[attack_try(&(struct attack){.environment = variables})]++;
    tally_show("environment", &tally);
    printf("something was written: %d\n", access(HERE, F_OK) == 0);
}

static void close_1_and_2(void)
{
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
}

static void point_1_and_2_to(int fd)
{
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
}

static void own_file_at_1_and_2(void)
{
    point_1_and_2_to(open(HERE, O_RDWR | O_CREAT, 0644));
}

static void full_device_at_1_and_2(void)
{
    point_1_and_2_to(open("/dev/full", O_RDWR));
}

static void full_pipe_at_1_and_2(void)
{
    int ends[2];
    if (pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0)
        err(EXIT_FAILURE, "pipe");
    while (write(ends[1], "x", 1) == 1)
        continue;
    fcntl(ends[1], F_SETFL, 0);
    point_1_and_2_to(ends[1]);
}

static void broken_pipe_at_1_and_2(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        err(EXIT_FAILURE, "pipe");
    close(ends[0]);
    point_1_and_2_to(ends[1]);
}

static void channel_at_1_and_2(void)
{
    point_1_and_2_to(STDIN_FILENO);
}

static void everything_taken(void)
{
    struct rlimit files;
    for (int fd = STDOUT_FILENO; fd < 64; fd++)
        dup2(STDIN_FILENO, fd);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 5; /* enough, once they are closed */
    setrlimit(RLIMIT_NOFILE, &files);
}

static void descriptor_0_closed(void)
{
    close(STDIN_FILENO);
}

static void descriptor_0_a_file(void)
{
    dup2(open(HERE, O_RDWR | O_CREAT, 0644), STDIN_FILENO);
}

static void descriptor_0_a_listener(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    listen(fd, 1);
    dup2(fd, STDIN_FILENO);
}

void hostile_descriptors(void)
{
    static const struct {
        const char *what;
        void (*prepare)(void);
    } cases[] = {
        {"1 and 2 closed", close_1_and_2},
        {"1 and 2 an own file", own_file_at_1_and_2},
        {"1 and 2 /dev/full", full_device_at_1_and_2},
        {"1 and 2 a full pipe", full_pipe_at_1_and_2},
        {"1 and 2 a broken pipe", broken_pipe_at_1_and_2},
        {"1 and 2 the channel", channel_at_1_and_2},
        {"all taken", everything_taken},
        {"0 closed", descriptor_0_closed},
        {"0 a file", descriptor_0_a_file},
        {"0 a listener", descriptor_0_a_listener},
    };
    struct stat file = {0};
    for (size_t i = 0; i < COUNT(cases); i++)
        attack_show(cases[i].what, &(struct attack){.prepare = cases[i].prepare});
    stat(HERE, &file);
    printf("bytes written: %ld\n", (long)file.st_size);
}

static int limited;
static struct rlimit limit;

static void set_limit(void)
{
    setrlimit((__rlimit_resource_t)limited, &limit);
}

/* What comes of it is libc's and the kernel's affair; it must be true, and in the log if bound. */
void lowest_limits(void)
{
    static const rlim_t limits[] = {0,       1,       2,       3,       4,       5,
                                    1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, RLIM_INFINITY};
    struct tally tally = {0};
    for (limited = 0; limited < RLIM_NLIMITS; limited++) {
        for (size_t i = 0; i < COUNT(limits); i++) {
            limit = (struct rlimit){limits[i], limits[i]};
            tally.count[attack_try(&(struct attack){.prepare = set_limit})]++;
        }
    }
    tally_show("limits", &tally);
}

static unsigned long persona;

static void set_personality(void)
{
    personality(persona);
}

void hostile_personality(void)
{
    static const unsigned long flags[] = {READ_IMPLIES_EXEC,  ADDR_NO_RANDOMIZE, MMAP_PAGE_ZERO,
                                          ADDR_COMPAT_LAYOUT, STICKY_TIMEOUTS,   WHOLE_SECONDS,
                                          SHORT_INODE,        PER_BSD,           PER_LINUX32,
                                          ADDR_LIMIT_3GB,     0x0020000 /* UNAME26 */};
    for (size_t i = 0; i < COUNT(flags); i++) {
        persona = flags[i];
        attack_show("personality", &(struct attack){.prepare = set_personality});
    }
}

/* A mask and what is pending are inherited, and so is a running timer (execve(2)). */
static void raise_all_signals(void)
{
    const struct itimerval kilohertz = {{0, 1000}, {0, 1000}};
    const uint64_t all = ~UINT64_C(0); /* those too that libc keeps for itself */
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    for (int number = 1; number <= 64; number++) {
        if (number != SIGKILL && number != SIGSTOP)
            kill(getpid(), number);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    setitimer(ITIMER_REAL, &kilohertz, NULL);
    setitimer(ITIMER_PROF, &kilohertz, NULL);
}

void every_signal_pending(void)
{
    for (int i = 0; i < 20; i++)
        attack_show("pending", &(struct attack){.prepare = raise_all_signals});
}

/* The names that the helper opens are absolute. */
static void enter_fake_root(void)
{
    if (chdir(ATTACK_DIR) != 0)
        _exit(1);
}

void hostile_working_directory(void)
{
    mkdir(ATTACK_DIR "/etc", 0755);
    FILE *file = fopen(ATTACK_DIR "/etc/privbind.conf", "we");
    fputs("allow anyone any\n", file);
    fclose(file);
    attack_show("directory", &(struct attack){.prepare = enter_fake_root});
    attack_show("its etc", &(struct attack){.prepare = enter_fake_root, .path = SANDBOX_HELPER});
}
