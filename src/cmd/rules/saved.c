#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json_read.h"
#include "cli/say.h"
#include "cmd/rules/saved.h"
#include "words/report.h"

/* Takes one line of a saved file. Returns whether it was one of the cells, or -1 with the complaint in
 * `*why` (static). */
static int take_line(const char *line, size_t len, struct cell cells[CELLS], const char **why)
{
	char event[16] = "", command[16] = "", table[16], row[32], column[32], state[16],
	     observed[CELL_TEXT];
	struct json_wanted wanted[] = {{.key = "event", .into = event, .size = sizeof event},
	    {.key = "command", .into = command, .size = sizeof command},
	    {.key = "table", .into = table, .size = sizeof table},
	    {.key = "row", .into = row, .size = sizeof row},
	    {.key = "column", .into = column, .size = sizeof column},
	    {.key = "state", .into = state, .size = sizeof state},
	    {.key = "observed", .into = observed, .size = sizeof observed}};

	static const char not_known[] = "not measured";
	int found = 0;

	if (json_read(line, len, wanted, sizeof wanted / sizeof *wanted) < 0) {
		*why = "not a JSON object of 'reuse rules --json'";
		return -1;
	}
	if (!strcmp(event, "start") && *command && strcmp(command, "rules") != 0) {
		*why = "the output of a command other than 'reuse rules --json'";
		return -1;
	}
	if (strcmp(event, "cell") != 0)
		return 0;
	for (size_t i = 0; i < CELLS; i++) {
		struct cell *cell = &cells[i];
		if (!strcmp(table, cell->table->name) && !strcmp(row, cell->row) &&
		    !strcmp(column, cell->column) &&
		    !strcmp(state, cell->state ? cell->state : "")) {
			snprintf(cell->there, CELL_TEXT, "%s", observed);
			cell->there_known = strncmp(observed, not_known, strlen(not_known)) != 0;
			found = 1;
		}
	}
	return found;
}

/* The kernel said no to that call. Returns STATUS_FAIL. */
static int refuse_file(const char *name, const char *path, int error)
{
	char call[SAY_QUOTE + 8], quoted[SAY_QUOTE];

	snprintf(call, sizeof call, "%s %s", name, say_quote_into(quoted, path));
	report_call(call, error);
	return STATUS_FAIL;
}

size_t saved_lead_in(const char *line, size_t number)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t len = number == 1 && !strncmp(line, mark, strlen(mark)) ? strlen(mark) : 0;

	return len + strspn(line + len, " \t\r\n");
}

FILE *saved_open(const char *path)
{
	return strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
}

int rules_saved_read(const char *path, struct cell cells[CELLS])
{
	static char line[SAVED_LINE];
	FILE *file = saved_open(path);
	size_t number = 0, found = 0;
	int status = STATUS_OK;

	if (!file)
		return refuse_file("open", path, errno);
	while (status == STATUS_OK && fgets(line, sizeof line, file)) {
		const char *why, *text = line + saved_lead_in(line, ++number);
		if (!*text)
			continue;
		const int taken = take_line(text, strcspn(text, "\n"), cells, &why);
		if (taken < 0) {
			say("file %s, line %zu: %s", say_quote(path), number, why);
			status = STATUS_USAGE;
		}
		found += taken > 0;
	}
	if (status == STATUS_OK && ferror(file)) {
		status = refuse_file("read", path, errno);
	} else if (status == STATUS_OK && found == 0) {
		say("file %s: no cells of 'reuse rules --json' in it", say_quote(path));
		status = STATUS_USAGE;
	}
	fclose(file);
	return status;
}
