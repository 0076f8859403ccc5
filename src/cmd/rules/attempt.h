/* One random trial: forecast, run beside the forecast. */
#ifndef REUSE_CMD_RULES_ATTEMPT_H
#define REUSE_CMD_RULES_ATTEMPT_H

#include <stdbool.h>

#include "cmd/rules/sequence.h"
#include "tcp/facts.h"
#include "tcp/rule.h"
#include "tcp/trial.h"

enum { ATTEMPT_WORD = TRIAL_TEXT };

/* How the steps of a sequence fared. */
struct attempt {
	const char *skipped; /* why it was not run; NULL: it was */
	size_t count;        /* of steps that were run or passed over, up to the first difference */
	size_t answers;      /* of them those that were compared */
	bool differs;        /* at step count - 1 */
	/* "" for none: passed over, or left to chance. */
	char results[GENERATE_STEPS][ATTEMPT_WORD], forecasts[GENERATE_STEPS][ATTEMPT_WORD];
};

/* What a run of many needs. */
struct attempts {
	const struct facts *facts;
	int stop;                     /* a descriptor, as of struct trial_plan */
	const char *shortage;         /* of what all of them need; NULL */
	bool no_loopback;             /* no connect is answered there */
	bool one_user, no_v6, no_127; /* what is not here: a second user, IPv6, 127.0.0.2 */
};

/* Finds out what is not here. */
void attempts_begin(struct attempts *attempts, const struct facts *facts, int stop);

/* Writes the forecast and runs the sequence; with `saved` the answers of another system stand in for the
 * forecast. Returns 0; 1 where it was stopped; -1 with `fault` where it could not be run. */
int attempt_run(const struct attempts *attempts, const struct sequence *sequence,
    const struct attempt *saved, struct attempt *attempt, struct fault *fault);

/* Takes steps and options out of a sequence that differs as long as it still does, makes its addresses
 * plainer, and gives its sockets names in order. `attempt` is then its run. Returns as attempt_run. */
int shrink(const struct attempts *attempts, struct sequence *sequence, struct attempt *attempt,
    struct fault *fault);

#endif
