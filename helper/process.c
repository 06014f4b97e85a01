#include "process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"

#define GROUPS_MAX 65536      /* NGROUPS_MAX of the kernel */
#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */

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

void process_block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

void process_close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (unsigned descriptor = first; descriptor < DESCRIPTORS_MAX; descriptor++)
        close((int)descriptor);
}

bool process_become_untouchable(void)
{
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}
