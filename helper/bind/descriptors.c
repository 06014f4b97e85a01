#include "bind/descriptors.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 65536 /* where close_range(2) is missing: before Linux 5.9 */

void process_close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
    for (unsigned descriptor = first; descriptor < DESCRIPTORS_MAX; descriptor++)
        close((int)descriptor);
}

/* Copies above all places come first: after them no dup2(2) overwrites what is still needed. */
bool descriptors_arrange(const int from[], int count)
{
    int high[DESCRIPTORS_PLACES_MAX];
    bool done = true;
    for (int place = 0; place < count; place++) {
        high[place] = from[place] < 0 ? from[place] : fcntl(from[place], F_DUPFD_CLOEXEC, count);
        done = done && (high[place] >= 0 || from[place] < 0);
    }
    for (int place = 0; place < count; place++) {
        if (done && high[place] >= 0)
            done = dup2(high[place], place) >= 0;
        else if (done && high[place] == DESCRIPTORS_CLOSED)
            close(place);
        if (high[place] >= 0)
            close(high[place]);
    }
    return done;
}
