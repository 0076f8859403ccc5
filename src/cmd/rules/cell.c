#include <stdlib.h>

#include "cmd/rules/cell.h"

const char *cell_table_name(enum cell_table table)
{
	static const char *const names[CELL_TABLES] = {
	    "overlap", "bind", "then", "ephemeral", "beside"};

	return names[table];
}

static struct cell *list_one(
    struct cell *cell, enum cell_table table, int row, int column, int state)
{
	static const char *const destinations[CELL_DESTINATIONS] = {"one", "two"};

	*cell =
	    (struct cell){.table = table, .at_row = row, .at_column = column, .at_state = state};
	switch (table) {
	case CELL_OVERLAP:
		cell->row = rules_addresses[row].name;
		cell->column = rules_addresses[column].name;
		break;
	case CELL_BIND:
		cell->row = rules_options[row].name;
		cell->column = rules_options[column].name;
		cell->state = rules_states[state].name;
		break;
	case CELL_THEN:
		cell->row = rules_situations[row].name;
		cell->column = rules_options[column].name;
		break;
	case CELL_BESIDE:
		cell->row = rules_besides[row].name;
		cell->column = rules_options[column].name;
		break;
	case CELL_EPHEMERAL:
	case CELL_TABLES:
		cell->row = rules_ways[row].name;
		cell->column = destinations[column];
		break;
	}
	return cell + 1;
}

void cells_list(struct cell cells[CELLS])
{
	struct cell *cell = cells;

	for (int i = 0; i < RULES_ADDRESSES; i++)
		for (int j = 0; j < RULES_ADDRESSES; j++)
			cell = list_one(cell, CELL_OVERLAP, i, j, 0);
	for (int state = 0; state < RULES_STATES; state++)
		for (int i = 0; i < RULES_OPTIONS; i++)
			for (int j = 0; j < RULES_OPTIONS; j++)
				cell = list_one(cell, CELL_BIND, i, j, state);
	for (int i = 0; i < RULES_SITUATIONS; i++)
		for (int j = 0; j < RULES_OPTIONS; j++)
			cell = list_one(cell, CELL_THEN, i, j, 0);
	for (int i = 0; i < RULES_WAYS; i++)
		for (int j = 0; j < CELL_DESTINATIONS; j++)
			cell = list_one(cell, CELL_EPHEMERAL, i, j, 0);
	for (int i = 0; i < RULES_BESIDES; i++)
		for (int j = 0; j < RULES_OPTIONS; j++)
			cell = list_one(cell, CELL_BESIDE, i, j, 0);
}

bool cell_waits(const struct cell *cell)
{
	return cell->table == CELL_BIND && cell->at_state == RULES_STATES - 1;
}

void cell_clear(struct cell *cell)
{
	while (cell->step_count > 0)
		free(cell->steps[--cell->step_count]);
}
