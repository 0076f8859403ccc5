/* What kept from finding processes, found out. */
#ifndef REUSE_OS_LINUX_UNSEEN_H
#define REUSE_OS_LINUX_UNSEEN_H

#include "os/holder.h"

/* Fills in `unseen` and `bound_known`. `unfound`: of some socket no process was found. */
void unseen_find(struct holders *holders, bool unfound);

#endif
