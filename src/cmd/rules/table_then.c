#include "cmd/rules/measure.h"
#include "cmd/rules/tables.h"
#include "tcp/system.h"

enum { THEN_STEPS = 10 };

static const struct {
	const char *name;
	const char *steps[THEN_STEPS];
} situations[RULES_SITUATIONS] = {
    {"both listen", {"a bind 127.0.0.1:P*", "b bind 127.0.0.1:P*", "a listen", "b listen"}},
    {"listen then dial", {"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*", "a listen",
			     "b bind 127.0.0.1:P*", "b connect 127.0.0.1:Q"}},
    {"dial then listen", {"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*",
			     "a connect 127.0.0.1:Q", "b bind 127.0.0.1:P*", "b listen"}},
    {"dial the same pair",
	{"d bind 127.0.0.1:Q", "d listen", "a bind 127.0.0.1:P*", "a connect 127.0.0.1:Q",
	    "b bind 127.0.0.1:P*", "b connect 127.0.0.1:Q"}},
    {"dial another",
	{"d bind 127.0.0.1:Q", "d listen", "e bind 127.0.0.1:R", "e listen", "a bind 127.0.0.1:P*",
	    "a connect 127.0.0.1:Q", "b bind 127.0.0.1:P*", "b connect 127.0.0.1:R"}},
};

static void label_then(struct cell *cell)
{
	cell->row = situations[cell->at_row].name;
	cell->column = share_sets[cell->at_column].name;
}

static void write_then(const struct cell *cell, struct cell_steps *into)
{
	cell_step_all(into, situations[cell->at_row].steps, share_sets[cell->at_column].words);
}

/* Also that the same pair of ends exists already; of bind the same errno may mean that there is no such address. */
static bool answers_then(const struct fault *fault)
{
	return cell_in_use(fault) ||
	       (fault->at == CALL_CONNECT && fault->error == rule_pair_errno(rule_here()));
}

const struct rules_table table_then = {
    .name = "then",
    .states = 1,
    .rows = RULES_SITUATIONS,
    .columns = SHARE_SETS,
    .label = label_then,
    .write = write_then,
    .asks = THEN_STEPS,
    .answers = answers_then,
    .let = CELL_OK,
    .refused = CELL_REFUSED,
    .measure = cell_measure_once,
};
