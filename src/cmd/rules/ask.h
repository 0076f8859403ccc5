/* The steps of a cell: run, and forecast by the rule. */
#ifndef REUSE_CMD_RULES_ASK_H
#define REUSE_CMD_RULES_ASK_H

#include "cmd/rules/cell.h"
#include "tcp/fault.h"

/* How the steps of a cell fared, or should. */
struct outcome {
	size_t count;
	struct fault faults[CELL_STEPS];
};

struct facts;

/* The rule of the kernel at hand, as the administrator has set it; asked once. */
const struct facts *ask_facts(void);

struct inquiry {
	int stop;
	int64_t until_us; /* by clock_us(): no step begins later */
	bool late;        /* so some did not; what is told of the kernel says nothing */
	struct outcome kernel, rule;
	int connected;       /* connects that the kernel has let be made */
	struct fault *fault; /* why it could not be run */
};

/* Whether its time is over; notes it in `late`. */
bool inquiry_late(struct inquiry *inquiry);

/* Runs the steps of the cell, to the refusal that decides; those behind it count as ok. Returns 0 with both
 * outcomes; 1 where it was stopped; -1 with the fault. */
int inquiry_run(const struct cell *cell, struct inquiry *inquiry);

#endif
