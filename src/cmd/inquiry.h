/* The steps of a cell: written, run, and forecast by the rule. */
#ifndef REUSE_CMD_INQUIRY_H
#define REUSE_CMD_INQUIRY_H

#include <stdint.h>

#include "cmd/cell.h"

/* How the steps of a cell fared, or should. */
struct outcome {
	size_t count;
	struct fault faults[CELL_STEPS];
};

struct inquiry {
	int stop;
	struct outcome kernel, rule;
	struct fault *fault; /* why it could not be run */
};

/* Writes the steps of a cell anew. With `uid` the newcomer of the table `bind` is of that user
 * (TRIAL_SAME_USER: of nobody else); `first_port` begins the range of ephemeral ports, 0: the range is the
 * system's. */
void inquiry_write(struct cell *cell, int64_t uid, unsigned first_port);

/* Runs them. Returns 0 with both outcomes; 1 where it was stopped; -1 with the fault. */
int inquiry_run(const struct cell *cell, struct inquiry *inquiry);

#endif
