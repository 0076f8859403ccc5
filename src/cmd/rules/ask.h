/* The steps of a cell: written, run, and forecast by the rule. */
#ifndef REUSE_CMD_RULES_ASK_H
#define REUSE_CMD_RULES_ASK_H

#include <stdint.h>

#include "cmd/rules/cell.h"
#include "tcp/fault.h"

/* How the steps of a cell fared, or should. */
struct outcome {
	size_t count;
	struct fault faults[CELL_STEPS];
};

struct inquiry {
	int stop;
	int64_t until_us; /* by clock_us(): no step begins later */
	bool late;        /* so some did not; what is told of the kernel says nothing */
	struct outcome kernel, rule;
	struct fault *fault; /* why it could not be run */
};

/* Writes the steps of a cell anew. With `uid` the newcomer of the table `bind` is of that user
 * (TRIAL_SAME_USER: of nobody else); `first_port` begins the range of ephemeral ports, 0: the range is the
 * system's. Returns 0; -1 with the fault, where steps are missing. */
int inquiry_write(struct cell *cell, struct inquiry *inquiry, int64_t uid, unsigned first_port);

/* Whether its time is over; notes it in `late`. */
bool inquiry_late(struct inquiry *inquiry);

/* Whether that refusal answers what a cell asks. Any other tells of this machine, not of sharing. */
bool inquiry_answered(const struct cell *cell, const struct fault *fault);

/* Runs them, to the refusal that decides; steps behind it count as ok. Returns 0 with both outcomes;
 * 1 where it was stopped; -1 with the fault. */
int inquiry_run(const struct cell *cell, struct inquiry *inquiry);

#endif
