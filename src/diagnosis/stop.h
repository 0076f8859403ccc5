/* How to stop what has a socket: the command of whoever manages it. */
#ifndef REUSE_DIAGNOSIS_STOP_H
#define REUSE_DIAGNOSIS_STOP_H

#include "diagnosis/cures.h"

/* Adds the processes of holder i, or its unit or container where no process may be seen, to the stops; what
 * is stopped already is not added again. Returns 0, or -1 where nobody is known who could be stopped, or where
 * they are too many. */
int stop_add(const struct findings *findings, size_t i, struct cures *cures);

#endif
