/* Ending a TIME_WAIT before its time. */
#ifndef REUSE_TCP_TIMEWAIT_H
#define REUSE_TCP_TIMEWAIT_H

#include <stdbool.h>

#include "tcp/addr.h"

/* Ends the TIME_WAIT, if there is one, of a connection of which both ends were of this machine and
 * are closed: `local` is the end in TIME_WAIT, `peer` the other. Returns false where the port of
 * `peer` could not be had, so that nothing was tried. Takes some milliseconds. */
bool timewait_end(const union addr *local, const union addr *peer);

#endif
