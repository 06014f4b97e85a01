/* SPDX-License-Identifier: MIT */
#include "resident/places.h"

#include <fcntl.h>
#include <unistd.h>

/* Copies above all places come first: after them no dup2(2) overwrites what is still needed. */
bool places_arrange(const int from[], int count)
{
    int high[PLACES_MAX];
    bool done = true;
    for (int place = 0; place < count; place++) {
        high[place] = from[place] < 0 ? from[place] : fcntl(from[place], F_DUPFD_CLOEXEC, count);
        done = done && (high[place] >= 0 || from[place] < 0);
    }
    for (int place = 0; place < count; place++) {
        if (done && high[place] >= 0)
            done = dup2(high[place], place) >= 0;
        else if (done && high[place] == PLACES_CLOSED)
            close(place);
        if (high[place] >= 0)
            close(high[place]);
    }
    return done;
}
