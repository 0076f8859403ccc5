#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/jsonin.h"
#include "cli/say.h"
#include "cmd/report.h"
#include "cmd/rules_saved.h"
#include "command.h"

enum { LINE = 16384 }; /* of a saved file; ours are shorter */

/* Takes one line of a saved file. Returns whether it was a cell, or -1: it is no JSON object. */
static int take_line(
    const char *line, size_t len, const struct cell cells[CELLS], char saved[CELLS][CELL_TEXT])
{
	char event[16], table[16], row[32], column[32], state[16], observed[CELL_TEXT];
	struct jsonin wanted[] = {{"event", event, sizeof event}, {"table", table, sizeof table},
	    {"row", row, sizeof row}, {"column", column, sizeof column},
	    {"state", state, sizeof state}, {"observed", observed, sizeof observed}};

	if (jsonin_read(line, len, wanted, sizeof wanted / sizeof *wanted) < 0)
		return -1;
	if (strcmp(event, "cell") != 0)
		return 0;
	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *cell = &cells[i];
		if (!strcmp(table, cell_table_name(cell->table)) && !strcmp(row, cell->row) &&
		    !strcmp(column, cell->column) && !strcmp(state, cell->state ? cell->state : ""))
			snprintf(saved[i], CELL_TEXT, "%s", observed);
	}
	return 1;
}

int rules_saved_read(const struct common *common, const char *path, const struct cell cells[CELLS],
    char saved[CELLS][CELL_TEXT])
{
	static char line[LINE];
	FILE *file = fopen(path, "re");
	size_t number = 0, found = 0;
	int status = STATUS_OK;

	const int error = errno;
	if (!file && common->json)
		json_start("rules");
	if (!file) {
		char call[SAY_QUOTE + 8];
		char quoted[SAY_QUOTE];
		snprintf(call, sizeof call, "open %s", say_quote_into(quoted, path));
		report_call(common, call, error);
		return STATUS_FAIL;
	}
	while (status == STATUS_OK && fgets(line, sizeof line, file)) {
		const size_t len = strcspn(line, "\n");
		const int taken = take_line(line, len, cells, saved);
		number++;
		if (taken < 0) {
			say("file %s, line %zu: not a JSON object of 'reuse rules --json'",
			    say_quote(path), number);
			status = STATUS_USAGE;
		}
		found += taken > 0;
	}
	if (status == STATUS_OK && ferror(file)) {
		report_call(common, "read", errno);
		status = STATUS_FAIL;
	} else if (status == STATUS_OK && found == 0) {
		say("file %s: no cells of 'reuse rules --json' in it", say_quote(path));
		status = STATUS_USAGE;
	}
	fclose(file);
	return status;
}
