/* Why a call was refused: what was found out while it stood still, and the words for it. */
#ifndef REUSE_CMD_RUN_EXPLAIN_H
#define REUSE_CMD_RUN_EXPLAIN_H

#include "cmd/run/view.h"

/* Finds out, within a second, while the thread stands still. Returns false where there is nothing to explain:
 * the same refusal of the same process was explained before. */
bool run_explain_read(const struct run_seen *seen);

/* Shows what the last run_explain_read found out, and lets go of it. */
void run_explain_show(const struct run_seen *seen);

#endif
