/* How many connections ten ephemeral ports yield. */
#ifndef REUSE_CMD_RULES_EPHEMERAL_H
#define REUSE_CMD_RULES_EPHEMERAL_H

#include "cmd/rules/ask.h"

enum { EPHEMERAL_UNKNOWN = -1 };

/* By IP_LOCAL_PORT_RANGE, with ten ports of the system's range that are free. Returns how many;
 * EPHEMERAL_UNKNOWN where there is no such option, or no such ports, or `*result` is not 0 (as
 * inquiry_run); with the fault where it is something else. */
int ephemeral_here(struct cell *cell, struct inquiry *inquiry, int *result);

/* In a process with a network of its own, whose range is ten ports; asked once. Returns how many;
 * EPHEMERAL_UNKNOWN where there can be no such network, or `*result` is not 0 (as inquiry_run). */
int ephemeral_apart(struct cell *cell, struct inquiry *inquiry, int *result);

#endif
