/* Why a call was refused: what was found out while it stood still, and the words for it. */
#ifndef REUSE_CMD_RUN_EXPLAIN_H
#define REUSE_CMD_RUN_EXPLAIN_H

#include "cmd/run/view.h"

/* One refusal to be explained. */
struct run_case {
	const struct run_seen *seen;
};

/* Finds out, within a second. Returns false where there is nothing to explain: the same refusal of the same
 * process was explained before. */
bool run_explain_read(struct run_case *why, const struct run_seen *seen);

/* Shows it, and lets go of what was found out. */
void run_explain_show(struct run_case *why);

#endif
