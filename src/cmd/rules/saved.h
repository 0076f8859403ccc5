/* A saved `rules --json` of another system. */
#ifndef REUSE_CMD_RULES_SAVED_H
#define REUSE_CMD_RULES_SAVED_H

#include <stdio.h>

#include "cmd/rules/tables.h"

enum { SAVED_LINE = 16384 }; /* of a saved file; ours are shorter */

/* The file to read, which the caller closes; "-" is standard input. NULL with errno. */
FILE *saved_open(const char *path);

/* How much of line[0..len), the first has number 1, is to be passed over: what some editors write before the
 * first line (U+FEFF), and blanks. */
size_t saved_lead_in(const char *line, size_t number);

/* Writes to each cell what the file at `path` says was observed of it `there`. Returns an enum status;
 * complains where it is not 0. */
int rules_saved_read(const char *path, struct cell cells[CELLS]);

#endif
