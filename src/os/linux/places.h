/* The units and containers of sockets and processes. */
#ifndef REUSE_OS_LINUX_PLACES_H
#define REUSE_OS_LINUX_PLACES_H

#include "os/holder.h"

/* Fills in `places`, and the place of each holder, process and network. places[0] is there always, unless
 * there is no memory for it: then holders->error is ENOMEM and no place is set. */
void places_find(struct holders *holders);

/* The number of the place that a process is in. */
size_t places_of_process(struct holders *h, long pid);

/* The number of that place in the list, which it joins where it is new. Compared as bytes: fill it with memset
 * first. 0 where there is no room. */
size_t places_enter(struct holders *holders, const struct placement *placement);

#endif
