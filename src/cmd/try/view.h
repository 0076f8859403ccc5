/* What `try` shows of a trial: each step with its result, as text or JSON. */
#ifndef REUSE_CMD_TRY_VIEW_H
#define REUSE_CMD_TRY_VIEW_H

#include "words/script.h"

/* One trial under way. */
struct try_view {
	const struct script *script;
	unsigned number; /* of the trial, from 1 */
	unsigned ports[TRIAL_PORTS];
	int column; /* where results begin, on a terminal; 0: behind the step */
};

/* Before the first step. Returns 0, or -1 with errno without memory. */
int try_view_begin(
    struct try_view *view, const struct script *script, const struct trial *trial, unsigned number);

/* Step i of the script, done. Returns 0, or -1 with errno without memory. */
int try_view_step(const struct try_view *view, size_t i, const struct trial_result *result);

#endif
