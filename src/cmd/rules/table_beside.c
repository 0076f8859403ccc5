#include "cmd/rules/measure.h"
#include "cmd/rules/tables.h"

enum { ROWS = RULES_ORDERS * SHARE_SETS };

/* The first, with this set of options, listens; then the second comes. */
static const struct {
	const char *name;
	const char *first, *second; /* hosts */
	int set;
} besides[ROWS] = {
    {"0.0.0.0 -", "0.0.0.0", "127.0.0.1", 0},
    {"0.0.0.0 A", "0.0.0.0", "127.0.0.1", 1},
    {"0.0.0.0 P", "0.0.0.0", "127.0.0.1", 2},
    {"0.0.0.0 AP", "0.0.0.0", "127.0.0.1", 3},
    {"127.0.0.1 -", "127.0.0.1", "0.0.0.0", 0},
    {"127.0.0.1 A", "127.0.0.1", "0.0.0.0", 1},
    {"127.0.0.1 P", "127.0.0.1", "0.0.0.0", 2},
    {"127.0.0.1 AP", "127.0.0.1", "0.0.0.0", 3},
};

static void label_beside(struct cell *cell)
{
	cell->row = besides[cell->at_row].name;
	cell->column = share_sets[cell->at_column].name;
}

static void write_beside(const struct cell *cell, struct cell_steps *into)
{
	const int row = cell->at_row;

	cell_step(into, "a bind %s:P%s", besides[row].first, share_sets[besides[row].set].words);
	cell_step(into, "a listen");
	cell_step(into, "b bind %s:P%s", besides[row].second, share_sets[cell->at_column].words);
	cell_step(into, "b listen");
}

const struct rules_table table_beside = {
    .name = "beside",
    .states = 1,
    .rows = ROWS,
    .columns = SHARE_SETS,
    .label = label_beside,
    .write = write_beside,
    .asks = 2,
    .answers = cell_in_use,
    .let = CELL_OK,
    .refused = CELL_REFUSED,
    .measure = cell_measure_once,
};
