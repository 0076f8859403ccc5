/* What a connection costs, measured with a thousand real ones over loopback. */
#ifndef REUSE_CMD_LIMITS_COST_H
#define REUSE_CMD_LIMITS_COST_H

#include "cmd/limits/fleet.h"
#include "os/bounds.h"

enum {
	COST_CONNECTIONS = 1000,
	COST_LEAST_END = 2000, /* bytes: no system's TCP socket with its file takes less */
};

struct cost {
	int64_t kernel_bytes; /* of both ends; -1: not known here, or too noisy to tell */
	bool tracked;         /* netfilter tracks connections over loopback */
};

/* Where and how to open connections: fills in all but the stages and the number. `source` may have
 * port 0: then a free one is found. Returns a socket that holds the source; or -1 after a complaint. */
int cost_place(struct fleet_plan *plan, const union addr *source);

/* Returns 0; or -1 after a complaint, or where `stop` became readable. */
int cost_measure(struct cost *cost, const struct fleet_plan *place,
    const struct bound bounds[BOUND_COUNT], int stop);

/* Tells of the first fault of a fleet, or that a process of it is gone. */
void cost_complain(const struct fleet *fleet);

#endif
