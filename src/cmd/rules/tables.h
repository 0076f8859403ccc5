/* The tables of `rules`, one a file, and all of their cells. */
#ifndef REUSE_CMD_RULES_TABLES_H
#define REUSE_CMD_RULES_TABLES_H

#include "cmd/rules/cell.h"
#include "tcp/share.h"

enum {
	RULES_ADDRESSES = 8,
	RULES_STATES = 3,
	RULES_SITUATIONS = 5,
	RULES_WAYS = 6,
	RULES_DESTINATIONS = 2,
	RULES_ORDERS = 2,
	CELLS = RULES_ADDRESSES * RULES_ADDRESSES + RULES_STATES * SHARE_SETS * SHARE_SETS +
		RULES_SITUATIONS * SHARE_SETS + RULES_WAYS * RULES_DESTINATIONS +
		RULES_ORDERS * SHARE_SETS * SHARE_SETS,
};

/* Which addresses overlap. */
extern const struct rules_table table_overlap;

/* Where they do: one socket holds the port, another binds it. */
extern const struct rules_table table_bind;

/* Two sockets with the same options, one after the other: listen and connect. */
extern const struct rules_table table_then;

/* How many connections ten ephemeral ports yield. */
extern const struct rules_table table_ephemeral;

/* A wildcard and a specific address: one listens, the other comes. */
extern const struct rules_table table_beside;

/* Fills cells[CELLS] with all there is to ask, table by table. */
void cells_list(struct cell cells[CELLS]);

/* Whether it is about a TIME_WAIT, which takes the longest: such cells are measured last. */
bool cell_waits(const struct cell *cell);

#endif
