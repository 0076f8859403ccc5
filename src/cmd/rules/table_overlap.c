#include "cmd/rules/measure.h"
#include "cmd/rules/tables.h"

static const struct {
	const char *name; /* as a row has it */
	const char *head; /* as a column has it */
	const char *host, *words;
} addresses[RULES_ADDRESSES] = {
    {"0.0.0.0", "0.0.0.0", "0.0.0.0", ""},
    {"127.0.0.1", "127.0.0.1", "127.0.0.1", ""},
    {"127.0.0.2", "127.0.0.2", "127.0.0.2", ""},
    {"::", "::", "[::]", " no-v6only"},
    {":: v6only", "::v6only", "[::]", " v6only"},
    {"::1", "::1", "[::1]", ""},
    {"::ffff:127.0.0.1", "::f:127", "[::ffff:127.0.0.1]", " no-v6only"},
    {"::ffff:0.0.0.0", "::f:0", "[::ffff:0.0.0.0]", " no-v6only"},
};

static void label_overlap(struct cell *cell)
{
	cell->row = addresses[cell->at_row].name;
	cell->column = addresses[cell->at_column].name;
	cell->head = addresses[cell->at_column].head;
}

static void write_overlap(const struct cell *cell, struct cell_steps *into)
{
	const int a = cell->at_row, b = cell->at_column;

	cell_step(into, "a bind %s:P%s", addresses[a].host, addresses[a].words);
	cell_step(into, "b bind %s:P%s", addresses[b].host, addresses[b].words);
}

const struct rules_table table_overlap = {
    .name = "overlap",
    .states = 1,
    .rows = RULES_ADDRESSES,
    .columns = RULES_ADDRESSES,
    .label = label_overlap,
    .write = write_overlap,
    .asks = 1,
    .answers = cell_bind_in_use,
    .let = CELL_APART,
    .refused = CELL_OVERLAP,
    .measure = cell_measure_once,
};
