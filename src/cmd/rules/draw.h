/* The cells of `rules` as five tables of text. */
#ifndef REUSE_CMD_RULES_DRAW_H
#define REUSE_CMD_RULES_DRAW_H

#include "cmd/rules/tables.h"

/* The legend and the tables, 80 columns wide. */
void rules_draw(const struct cell cells[CELLS]);

#endif
