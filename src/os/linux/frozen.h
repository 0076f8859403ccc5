/* Processes whose control group is frozen: as `podman pause` and `systemctl freeze` do. */
#ifndef REUSE_OS_LINUX_FROZEN_H
#define REUSE_OS_LINUX_FROZEN_H

#include "os/holder.h"

/* Marks those of holders->processes that are. */
void frozen_find(struct holders *holders);

#endif
