/* The cells of the tables of `rules`: what the documented rule says, and what this kernel does. */
#ifndef REUSE_CMD_RULES_CELL_H
#define REUSE_CMD_RULES_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/rules/tables.h"

enum cell_table {
	CELL_OVERLAP,
	CELL_BIND,
	CELL_THEN,
	CELL_EPHEMERAL,
	CELL_BESIDE,
	CELL_TABLES,
};

enum {
	CELL_TEXT = 96,
	CELL_STEPS = 64,
	CELL_DESTINATIONS = 2,
	CELLS = RULES_ADDRESSES * RULES_ADDRESSES + RULES_STATES * RULES_OPTIONS * RULES_OPTIONS +
		RULES_SITUATIONS * RULES_OPTIONS + RULES_WAYS * CELL_DESTINATIONS +
		RULES_BESIDES * RULES_OPTIONS,
};

struct cell {
	enum cell_table table;
	int at_row, at_column, at_state; /* in cmd/rules/tables.h */
	const char *row, *column;
	const char *state;        /* in the table `bind`; else NULL */
	char rule[CELL_TEXT];     /* "ok", "EADDRINUSE", "10"; "-": not documented */
	char observed[CELL_TEXT]; /* likewise; "not measured (why)" */
	bool measured, agrees;    /* what was not measured agrees */
	char *steps[CELL_STEPS];  /* that show it */
	size_t step_count;
};

/* Whether it is about a TIME_WAIT, which takes the longest: such cells are measured last. */
bool cell_waits(const struct cell *cell);

/* Fills cells[CELLS] with all there is to ask, in the order of the tables. */
void cells_list(struct cell cells[CELLS]);

void cell_clear(struct cell *cell);

/* "overlap", "bind", "then", "ephemeral", "beside". */
const char *cell_table_name(enum cell_table table);

#endif
