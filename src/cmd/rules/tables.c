#include "cmd/rules/tables.h"
#include "tcp/trial.h"

static const struct rules_table *const tables[] = {
    &table_overlap, &table_bind, &table_then, &table_ephemeral, &table_beside};

static struct cell *list_table(struct cell *cell, const struct rules_table *table)
{
	for (int state = 0; state < table->states; state++)
		for (int row = 0; row < table->rows; row++)
			for (int column = 0; column < table->columns; column++) {
				*cell = (struct cell){.table = table,
				    .at_state = state,
				    .at_row = row,
				    .at_column = column,
				    .uid = TRIAL_SAME_USER};
				table->label(cell);
				if (!cell->head)
					cell->head = cell->column;
				cell++;
			}
	return cell;
}

void cells_list(struct cell cells[CELLS])
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		cells = list_table(cells, tables[i]);
}

bool cell_waits(const struct cell *cell)
{
	return cell->table == &table_bind && cell->at_state == RULES_STATES - 1;
}
