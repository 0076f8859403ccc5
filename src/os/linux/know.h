/* The steps of holders_know, but the search itself: each completes what is known of holders and processes. */
#ifndef REUSE_OS_LINUX_KNOW_H
#define REUSE_OS_LINUX_KNOW_H

#include "os/holder.h"

/* Where sockets of which no process was found are few: reads them again, as their process may have closed them, or
 * accept may have ended, while the search went on. Returns of how many there is still none. */
size_t again_look(struct holders *holders);

/* What kept from finding processes: fills in `unseen`. `unfound`: of some socket no process was found. */
void unseen_find(struct holders *holders, bool unfound);

/* Fills in the parent and the supervisor of each process, as far as that may be read. */
void supervisors_find(struct holders *holders);

/* Marks those of holders->processes whose control group is frozen: as `podman pause` and `systemctl freeze` do. */
void frozen_find(struct holders *holders);

#endif
