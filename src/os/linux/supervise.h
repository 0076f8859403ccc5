/* The parents of processes that may start them again. */
#ifndef REUSE_OS_LINUX_SUPERVISE_H
#define REUSE_OS_LINUX_SUPERVISE_H

#include "os/holder.h"

/* Fills in the parent and the supervisor of each process, as far as that may be read. */
void supervisors_find(struct holders *holders);

#endif
