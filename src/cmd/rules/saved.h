/* A saved `rules --json` of another system. */
#ifndef REUSE_CMD_RULES_SAVED_H
#define REUSE_CMD_RULES_SAVED_H

#include "cmd/rules/cell.h"

/* Writes to saved[i] what the file at `path` says was observed of cells[i]; leaves it as it is where it
 * says nothing. Returns an enum status; complains where it is not 0. */
int rules_saved_read(
    const char *path, const struct cell cells[CELLS], char saved[CELLS][CELL_TEXT]);

#endif
