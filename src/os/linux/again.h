/* A second look at sockets of which no process was found. */
#ifndef REUSE_OS_LINUX_AGAIN_H
#define REUSE_OS_LINUX_AGAIN_H

#include "os/holder.h"

/* Where such sockets are few: reads them again, as their process may have closed them, or accept may have ended, while
 * the search went on. Returns of how many there is still none. */
size_t again_look(struct holders *holders);

#endif
