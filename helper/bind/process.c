#include "bind/process.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/file.h"
#include "policy/format.h"

#define GROUPS_MAX 65536      /* NGROUPS_MAX of the kernel */
#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */
#define HOLD 1000000          /* microseconds */

bool process_identify(struct identity *identity)
{
    static gid_t gids[GROUPS_MAX + 1];
    *identity = (struct identity){.uid = getuid(), .gids = gids, .load = file_load_names};
    int count = getgroups(GROUPS_MAX, gids);
    if (count < 0)
        return false;
    gids[count] = getgid();
    identity->gid_count = (size_t)count + 1;
    return true;
}

process_signals process_block_signals(void)
{
    const process_signals all = PROCESS_ALL_SIGNALS;
    process_signals before = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof all);
    return before;
}

/* As the kernel has it. libc's function would bring a handler's return along, which none needs. */
static void set_disposition(int number, void (*disposition)(int))
{
    const struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        process_signals mask;
    } action = {.handler = disposition};
    syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

/*
 * A signal that came while the process was stopped is taken before it runs on. The caller may have
 * left SIGALRM ignored or pending (to ignore it discards it), or a timer running.
 */
void process_limit_lifetime(unsigned seconds)
{
    alarm(seconds);
    set_disposition(SIGALRM, SIG_IGN);
    set_disposition(SIGALRM, SIG_DFL);
    process_set_blocked(PROCESS_ALL_SIGNALS & ~PROCESS_SIGNAL(SIGALRM));
}

void process_set_blocked(process_signals signals)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals, NULL, sizeof signals);
}

bool process_take_signal(process_signals signals, siginfo_t *info)
{
    const long no_time[4] = {0}; /* whatever the size of its timespec */
    return syscall(SYS_rt_sigtimedwait, &signals, info, no_time, sizeof signals) > 0;
}

process_signals process_pending_signals(void)
{
    process_signals pending = 0;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return pending;
}

void process_close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (unsigned descriptor = first; descriptor < DESCRIPTORS_MAX; descriptor++)
        close((int)descriptor);
}

void process_close_aside(int descriptor)
{
    /* As fork(2), which brings much of libc along. */
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
        usleep(HOLD); /* ended before, but where the other one has been stopped or killed */
        _exit(EXIT_SUCCESS);
    }
    close(descriptor); /* the child has it still */
    if (child > 0)
        kill(child, SIGKILL);
}

unsigned long process_status_number(const char *path, const char *field)
{
    char text[1024];
    unsigned long number = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    for (struct span rest = {text, length < 0 ? 0 : (size_t)length}; rest.length > 0;) {
        struct span value = span_cut(&rest, '\n');
        if (span_is(span_cut(&value, '\t'), field))
            span_number(value, INT32_MAX, &number);
    }
    return number;
}

pid_t process_group_of(int pidfd)
{
    char path[40];
    format_text(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    const pid_t pid = (pid_t)process_status_number(path, "Pid:");
    return pid > 0 ? getpgid(pid) : -1;
}
