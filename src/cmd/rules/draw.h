/* The cells of `rules` as five tables of text. */
#ifndef REUSE_CMD_RULES_VIEW_H
#define REUSE_CMD_RULES_VIEW_H

#include "cmd/rules/cell.h"

/* The legend and the tables, 80 columns wide. */
void rules_view(const struct cell cells[CELLS]);

#endif
