#include "cmd/rules/measure.h"
#include "tcp/trial.h"

enum { ATTEMPTS = 3 };

/* What that says of a cell: not measured, where a step that only leads up to the question was refused. */
static struct cell_answer judge_outcome(
    const struct rules_table *table, const struct outcome *outcome)
{
	size_t i = 0;

	while (i < outcome->count && outcome->faults[i].at == CALL_NONE)
		i++;
	if (i == outcome->count)
		return (struct cell_answer){.word = table->let};
	const struct fault *fault = &outcome->faults[i];
	const bool answers = i + table->asks >= outcome->count && table->answers(fault);
	return (struct cell_answer){
	    .word = answers ? table->refused : CELL_HINDERED, .fault = *fault};
}

int cell_measure_once(struct cell *cell, struct inquiry *inquiry)
{
	const int result = inquiry_run(cell, inquiry);

	if (result != 0)
		return result;
	cell->rule = judge_outcome(cell->table, &inquiry->rule);
	cell->observed = judge_outcome(cell->table, &inquiry->kernel);
	return 0;
}

int cell_measure(struct cell *cell, int stop, int64_t until_us, struct fault *fault)
{
	struct inquiry inquiry = {.stop = stop, .until_us = until_us, .fault = fault};
	int result = 0;

	cell->agrees = false;
	for (int i = 0; i < ATTEMPTS && result == 0 && !cell->agrees; i++) {
		cell->uid = TRIAL_SAME_USER;
		cell->first_port = 0;
		result = cell->table->measure(cell, &inquiry);
		if (inquiry.late)
			cell->observed = (struct cell_answer){.word = CELL_NEEDS_TIME};
		cell->agrees = !cell_answer_known(&cell->observed) ||
			       cell->rule.word == CELL_UNDOCUMENTED ||
			       cell_answer_same(&cell->rule, &cell->observed);
	}
	return result;
}
