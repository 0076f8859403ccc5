/* What this kernel does in a cell, beside what the rule says. */
#ifndef REUSE_CMD_RULES_MEASURE_H
#define REUSE_CMD_RULES_MEASURE_H

#include "cmd/rules/ask.h"

/* Asks the kernel, until `until_us` (clock_us()). Where it differs from the rule, it is asked up to
 * three times: a stranger may have taken a port meanwhile. Returns 0; 1 where `stop` became readable;
 * -1 with `fault` filled. */
int cell_measure(struct cell *cell, int stop, int64_t until_us, struct fault *fault);

/* For a table: runs the steps once, and answers by the first that is refused. Returns as inquiry_run. */
int cell_measure_once(struct cell *cell, struct inquiry *inquiry);

#endif
