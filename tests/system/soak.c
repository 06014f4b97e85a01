/* SPDX-License-Identifier: MIT */
/*
 * Very many binds, through each of the three that bind: at the end everything is as it was.
 * PRIVBIND_SOAK=N makes it N binds, in all.
 */
#include "system.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOAK SANDBOX_DIR "/soak"
#define BINDS 4000           /* in make check */
#define HOLDER_GROWTH 128    /* KiB, of the process that stays */
#define MILLISECONDS_EACH 60 /* for a bind, on a very slow machine, before it is said to hang */

struct soak {
    const char *by;
    const char *const *argv; /* up to the number of binds */
    bool is_root;
    bool has_holder; /* a process with the capability stays beside it */
    int share;       /* percent of the binds */
};

struct running {
    pid_t pid, holder;
    int input;
    FILE *output;
    int deadline; /* milliseconds that a line may take */
};

/* What the process that holds the capability has, seen by root: it must not grow either. */
struct holding {
    long memory;
    int descriptors;
};

static long number_after(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at == NULL ? -1 : atol(at + strlen(name));
}

/* The process other than one that the test has started itself, with just the one capability. */
static pid_t find_holder(void)
{
    char path[300], text[8192];
    const struct dirent *entry;
    pid_t found = -1;
    DIR *processes = opendir("/proc");
    while (found < 0 && (entry = readdir(processes)) != NULL) {
        snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
        system_read_file(path, text, sizeof text);
        if (strstr(text, "\nCapPrm:\t0000000000000400\n") != NULL)
            found = (pid_t)atoi(entry->d_name);
    }
    closedir(processes);
    return found;
}

static struct holding look_at(pid_t holder)
{
    char path[64], text[8192];
    struct holding holding = {0, -2}; /* . and .. */
    snprintf(path, sizeof path, "/proc/%d/status", holder);
    system_read_file(path, text, sizeof text);
    holding.memory = number_after(text, "\nRssAnon:");
    snprintf(path, sizeof path, "/proc/%d/fd", holder);
    DIR *directory = opendir(path);
    while (directory != NULL && readdir(directory) != NULL)
        holding.descriptors++;
    if (directory != NULL)
        closedir(directory);
    return holding;
}

static void start(struct running *running, const struct soak *soak, long binds)
{
    char number[24];
    const char *argv[12];
    int input[2], output[2];
    size_t count = 0;
    for (; soak->argv[count] != NULL; count++)
        argv[count] = soak->argv[count];
    snprintf(number, sizeof number, "%ld", binds);
    argv[count++] = number;
    argv[count] = NULL;
    static const char *const environment[] = {
        "LD_PRELOAD=" SANDBOX_LIBRARY, "PRIVBIND_HELPER=" SANDBOX_HELPER, "PRIVBIND_QUIET=1", NULL};
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        err(EXIT_FAILURE, "pipe");
    fflush(NULL);
    running->pid = fork();
    if (running->pid == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        if (!soak->is_root)
            sandbox_become_target(false);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execve(argv[0], (char *const *)argv, (char *const *)environment);
        err(EXIT_FAILURE, "%s", argv[0]);
    }
    close(input[0]);
    close(output[1]);
    running->input = input[1];
    running->output = fdopen(output[0], "r");
    setvbuf(running->output, NULL, _IONBF, 0);
    running->deadline = (int)(60000 + binds * MILLISECONDS_EACH);
}

/* Reads up to a line that is just that. What came before is the text. */
static void read_until(struct running *running, const char *last, char *text, size_t size)
{
    size_t used = 0;
    struct pollfd ready = {.fd = fileno(running->output), .events = POLLIN};
    text[0] = '\0';
    while (poll(&ready, 1, running->deadline) == 1 &&
           fgets(text + used, (int)(size - used), running->output) != NULL) {
        if (strcmp(text + used, last) == 0) {
            text[used] = '\0';
            return;
        }
        used += strlen(text + used);
    }
    kill(running->pid, SIGKILL);
    fail_msg("it hangs, or has died: \"%s\"", text);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void go_on(const struct running *running)
{
    if (write(running->input, "\n", 1) != 1)
        err(EXIT_FAILURE, "soak");
}

static void report(const struct soak *soak, const char *result, double seconds,
                   const struct holding *before, const struct holding *after)
{
    printf("soak: %-16s %7ld binds %6.1f s, bound %ld denied %ld in use %ld, of them %ld in "
           "handlers %ld in children, %ld ticks; wrong %ld (errno %ld) missing %ld; host +%ld KiB",
           soak->by, number_after(result, "binds "), seconds, number_after(result, "bound "),
           number_after(result, "denied "), number_after(result, "taken "),
           number_after(result, "handlers "), number_after(result, "children "),
           number_after(result, "ticks "), number_after(result, "wrong "),
           number_after(result, "errno "), number_after(result, "missing "),
           number_after(result, "growth "));
    if (soak->has_holder)
        printf(", %s %+ld KiB %+d descriptors", soak->by, after->memory - before->memory,
               after->descriptors - before->descriptors);
    putchar('\n');
}

/* Its last answer comes before it closes that connection. */
static struct holding look_when_done(pid_t holder, int descriptors)
{
    struct holding look = look_at(holder);
    for (int attempt = 0; look.descriptors != descriptors && attempt < 5000; attempt++) {
        usleep(1000);
        look = look_at(holder);
    }
    return look;
}

static void soak_through(const struct soak *soak)
{
    const char *wanted = getenv("PRIVBIND_SOAK");
    const long all = wanted == NULL ? BINDS : atol(wanted), binds = all * soak->share / 100;
    char result[4096];
    struct running running;
    struct holding before = {0, 0}, after = {0, 0};
    cannot_run_sanitized("its runtime maps memory of its own");
    sandbox_policy("allow anyone tcp 100-999\n");

    start(&running, soak, binds);
    read_until(&running, "ready\n", result, sizeof result);
    running.holder = soak->has_holder ? find_holder() : -1;
    assert_true(find_holder() < 0 || soak->has_holder); /* between binds nothing of it runs */
    before = look_at(running.holder);
    const double begin = seconds_now();
    go_on(&running);
    read_until(&running, "done\n", result, sizeof result);
    const double seconds = seconds_now() - begin;
    after = look_when_done(running.holder, before.descriptors);
    go_on(&running);
    int status;
    waitpid(running.pid, &status, 0);
    close(running.input);
    fclose(running.output);

    report(soak, result, seconds, &before, &after);
    if (strstr(result, "changed:") != NULL)
        fail_msg("%s", strstr(result, "changed:"));
    assert_int_equal(status, 0);
    assert_int_equal(number_after(result, "wrong "), 0);
    assert_int_equal(number_after(result, "missing "), 0);
    assert_true(number_after(result, "handlers ") > 0 && number_after(result, "children ") > 0);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_true(after.memory <= before.memory + HOLDER_GROWTH);
}

static void soak_through_privbind_helper__as_it_was(void **state)
{
    static const char *const argv[] = {SOAK, NULL};
    soak_through(&(struct soak){.by = "privbind-helper", .argv = argv, .share = 50});
}

static void soak_through_resident_helper__as_it_was(void **state)
{
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "preload", "-u", "target", "-a",
                                       "tcp 100-999",    SOAK, NULL};
    if (sandbox_is_user_namespace())
        cannot_run("an ordinary user's namespace has no second uid to become");
    soak_through(&(struct soak){
        .by = "resident helper", .argv = argv, .is_root = true, .has_holder = true, .share = 30});
}

static void soak_through_supervisor__as_it_was(void **state)
{
    static const char *const argv[] = {SANDBOX_LAUNCHER, "-m", "seccomp", SOAK "-static", NULL};
    cannot_run_sanitized("there are no static programs");
#ifdef __arm__
    cannot_run("the kernel loses binds that a signal interrupts: privbind(1), CAVEATS");
#endif
    system_copy_built("soak-static", SOAK "-static");
    soak_through(&(struct soak){.by = "supervisor", .argv = argv, .has_holder = true, .share = 20});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, system_setup, system_teardown)

int run_soak_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(soak_through_privbind_helper__as_it_was),
        TEST(soak_through_resident_helper__as_it_was),
        TEST(soak_through_supervisor__as_it_was),
    };
    system_copy_built("soak", SOAK);
    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
