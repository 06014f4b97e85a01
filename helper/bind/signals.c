#include "bind/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

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
