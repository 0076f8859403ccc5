#include <stdio.h>
#include <unistd.h>

#include "cmd/rules/measure.h"
#include "cmd/rules/tables.h"
#include "tcp/trial.h"

enum { BIND_STEPS = 8, SOMEBODY = 65534 };

/* How the holder, a, gets into its state; then b binds. */
static const struct {
	const char *name;
	const char *steps[BIND_STEPS];
} states[RULES_STATES] = {
    {"open", {"a bind 127.0.0.1:P*"}},
    {"LISTEN", {"a bind 127.0.0.1:P*", "a listen"}},
    /* s, which has the options of a, closes first. */
    {"TIME_WAIT", {"a bind 127.0.0.1:P*", "a listen", "c connect 127.0.0.1:P", "s accept a",
		      "a close", "s close", "c close"}},
};

static void label_bind(struct cell *cell)
{
	cell->row = share_sets[cell->at_row].name;
	cell->column = share_sets[cell->at_column].name;
	cell->state = states[cell->at_state].name;
}

static void write_cell_bind(const struct cell *cell, struct cell_steps *into)
{
	char user[32] = "";

	if (cell->uid != TRIAL_SAME_USER)
		snprintf(user, sizeof user, " uid=%lld", (long long)cell->uid);
	cell_step_all(into, states[cell->at_state].steps, share_sets[cell->at_row].words);
	cell_step(into, "b bind 127.0.0.1:P%s%s", share_sets[cell->at_column].words, user);
}

/* The same user first; where that one may, another. */
static int measure_bind(struct cell *cell, struct inquiry *inquiry)
{
	int result = cell_measure_once(cell, inquiry);
	const struct cell_answer rule = cell->rule, observed = cell->observed;

	if (result != 0 || observed.word != CELL_OK)
		return result;
	cell->uid = geteuid() == SOMEBODY ? SOMEBODY - 1 : SOMEBODY;
	result = cell_measure_once(cell, inquiry);
	if (result != 0)
		return result;
	if (rule.word == CELL_OK && cell->rule.word == CELL_NO)
		cell->rule.word = CELL_UID;
	else
		cell->rule = rule;
	if (cell->observed.word == CELL_NO) {
		cell->observed.word = CELL_UID;
		return 0; /* with the steps that show the refusal */
	}
	cell->uid = TRIAL_SAME_USER;
	if (cell_answer_known(&cell->observed) || cell->rule.word != CELL_UID)
		cell->observed = observed;
	else if (cell->observed.fault.at == CALL_SETEUID)
		cell->observed.word = CELL_NEEDS_SETUID;
	return 0;
}

const struct rules_table table_bind = {
    .name = "bind",
    .states = RULES_STATES,
    .rows = SHARE_SETS,
    .columns = SHARE_SETS,
    .label = label_bind,
    .write = write_cell_bind,
    .asks = 1,
    .answers = cell_bind_in_use,
    .let = CELL_OK,
    .refused = CELL_NO,
    .measure = measure_bind,
};
