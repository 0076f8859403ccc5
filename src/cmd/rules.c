/* reuse rules: the rules of sharing on this kernel, measured. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/jsonin.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cmd/cell.h"
#include "cmd/report.h"
#include "command.h"
#include "tcp/rule.h"

enum { LINE = 16384 }; /* of a saved file; ours are shorter */

struct rules_opts {
	struct common common;
	const char *diff; /* NULL: compare with the rule */
};

static const struct opt opts[] = {
    {0, "diff", "FILE", offsetof(struct rules_opts, diff), opt_word, 0,
	"compare with the saved --json output of another system"},
    {0},
};

/* What a saved file says of each cell; "" where it has none. */
static char saved[CELLS][CELL_TEXT];
static struct cell cells[CELLS];

static bool measured(const char *observed)
{
	return strncmp(observed, "not measured", strlen("not measured")) != 0;
}

/* Whether the cell is as it should be: as the rule says, or as the file. */
static bool as_wanted(const struct rules_opts *o, size_t i)
{
	const struct cell *cell = &cells[i];

	if (!o->diff)
		return cell->agrees;
	return !strcmp(cell->observed, saved[i]) || !cell->measured ||
	       (*saved[i] && !measured(saved[i]));
}

static int owed; /* blanks before the next cell of a row */

/* What a cell looks like in a table, with its mark. */
static void show_cell(const struct cell *cell, int width)
{
	char text[CELL_TEXT + 8];
	const char *word = cell->observed;

	if (!cell->measured)
		word = cell->table == CELL_BIND ? "uid?" : "?";
	else if (!strcmp(word, "overlap"))
		word = "x";
	else if (!strcmp(word, "apart"))
		word = ".";
	else if (cell->table == CELL_THEN && strchr(word, ':'))
		word = NULL;
	if (word)
		snprintf(text, sizeof text, "%s%s", word, cell->agrees ? "" : "!");
	else
		snprintf(text, sizeof text, "no: %.*s%s", (int)strcspn(cell->observed, ":"),
		    cell->observed, cell->agrees ? "" : "!");
	/* Blanks only before something: no line ends in them. */
	out_start("%*s", owed, "");
	owed = width - (int)strlen(text);
	const bool good = cell->measured && (*text == 'o' || *text == '.');
	const enum out_colour colour = !cell->agrees              ? OUT_YELLOW
				       : good                     ? OUT_GREEN
				       : !strcmp(text, "no")      ? OUT_RED
				       : !strncmp(text, "no:", 3) ? OUT_RED
								  : OUT_PLAIN;
	if (colour == OUT_PLAIN)
		out_start("%s", text);
	else
		out_start("%s%s%s", out_paint(colour), text, out_paint(OUT_PLAIN));
}

static void end_row(void)
{
	out_line("%s", "");
	owed = 0;
}

/* The head of a column. */
static void show_head(const char *text, int width)
{
	out_start("%*s%s", owed, "", text);
	owed = width - (int)strlen(text);
}

static void heading(const char *text)
{
	out_line("%s", "");
	out_line("%s%s%s", out_paint(OUT_BOLD), text, out_paint(OUT_PLAIN));
}

static const struct cell *show_row(
    const struct cell *cell, const char *name, int name_width, int count, const int widths[])
{
	out_start("  %-*s", name_width, name);
	for (int i = 0; i < count; i++)
		show_cell(cell + i, widths[i]);
	end_row();
	return cell + count;
}

static const struct cell *show_overlap(const struct cell *cell)
{
	int widths[RULES_ADDRESSES];

	heading("1. Which addresses overlap? (x: they do)");
	out_start("  %18s", "");
	for (int i = 0; i < RULES_ADDRESSES; i++) {
		widths[i] = (int)strlen(rules_addresses[i].brief) + 1;
		show_head(rules_addresses[i].brief, widths[i]);
	}
	end_row();
	for (int i = 0; i < RULES_ADDRESSES; i++)
		cell = show_row(cell, rules_addresses[i].name, 18, RULES_ADDRESSES, widths);
	return cell;
}

static const struct cell *show_bind(const struct cell *cell)
{
	enum { WIDTH = 5, GAP = 3, BLOCK = RULES_OPTIONS * WIDTH + GAP };
	char head[40];

	heading("2. Where they overlap: a socket holds the port, may another bind it too?");
	out_line("  rows: options of the holder; columns: options of the other");
	out_start("  %8s", "");
	for (int state = 0; state < RULES_STATES; state++) {
		snprintf(head, sizeof head, "holder %s", rules_states[state].name);
		show_head(head, BLOCK);
	}
	end_row();
	out_start("  %8s", "");
	for (int state = 0; state < RULES_STATES; state++) {
		for (int i = 0; i < RULES_OPTIONS; i++)
			show_head(rules_options[i].name, WIDTH);
		owed += GAP;
	}
	end_row();
	for (int i = 0; i < RULES_OPTIONS; i++) {
		out_start("  %-8s", rules_options[i].name);
		for (int state = 0; state < RULES_STATES; state++) {
			const int row = (state * RULES_OPTIONS + i) * RULES_OPTIONS;
			for (int j = 0; j < RULES_OPTIONS; j++)
				show_cell(cell + row + j, WIDTH);
			owed += GAP;
		}
		end_row();
	}
	return cell + RULES_STATES * RULES_OPTIONS * RULES_OPTIONS;
}

static const struct cell *show_then(const struct cell *cell)
{
	static const int widths[RULES_OPTIONS] = {14, 14, 14, 14};

	heading("3. Two sockets, one after the other, on one address and port, same options");
	out_line("  no: CALL is the first call that is refused");
	out_start("  %20s", "");
	for (int i = 0; i < RULES_OPTIONS; i++)
		show_head(rules_options[i].name, widths[i]);
	end_row();
	for (int i = 0; i < RULES_SITUATIONS; i++)
		cell = show_row(cell, rules_situations[i].name, 20, RULES_OPTIONS, widths);
	return cell;
}

static void show_ephemeral(const struct cell *cell)
{
	static const int widths[CELL_DESTINATIONS] = {18, 4};

	heading("4. How many connections do ten ephemeral ports yield?");
	out_line("  %20s%-18s%s", "", "one destination", "two destinations");
	for (int i = 0; i < RULES_WAYS; i++)
		cell = show_row(cell, rules_ways[i].name, 20, CELL_DESTINATIONS, widths);
}

static void show_legend(void)
{
	out_line("%s", "");
	out_line("  -  neither option       ok   allowed");
	out_line("  A  SO_REUSEADDR         no   refused (EADDRINUSE)");
	out_line("  P  SO_REUSEPORT         uid  allowed, if one user (effective uid) made both");
	out_line("  AP both                 !    not what the documented rule says");
}

/* "bind LISTEN, row A, column AP" */
static void show_place(const struct cell *cell)
{
	out_start("  %s%s%s, row %s, column %s: ", cell_table_name(cell->table),
	    cell->state ? " " : "", cell->state ? cell->state : "", cell->row, cell->column);
}

static void show_differences(const struct rules_opts *o)
{
	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *cell = &cells[i];
		if (as_wanted(o, i))
			continue;
		show_place(cell);
		if (o->diff)
			out_line(
			    "here %s, there %s", cell->observed, *saved[i] ? saved[i] : "nothing");
		else
			out_line("observed %s, the rule says %s", cell->observed, cell->rule);
		for (size_t step = 0; step < cell->step_count; step++)
			out_line("    %s", cell->steps[step]);
	}
}

/* Each reason why something was not measured, once, with the number of cells. */
static void show_not_measured(void)
{
	for (size_t i = 0; i < CELLS; i++) {
		size_t count = 0, j = 0;
		if (cells[i].measured)
			continue;
		while (j < i && (cells[j].measured || strcmp(cells[j].observed, cells[i].observed)))
			j++;
		if (j < i)
			continue;
		for (j = i; j < CELLS; j++)
			count +=
			    !cells[j].measured && !strcmp(cells[j].observed, cells[i].observed);
		const char *reason = cells[i].observed + strlen("not measured ");
		if (cells[i].table == CELL_BIND && strstr(reason, "CAP_SETUID"))
			out_line("uid? in %zu cells: the same user may; another: not measured %s",
			    count, reason);
		else
			out_line("? in %zu cells: not measured %s", count, reason);
	}
}

static size_t count_measured(void)
{
	size_t count = 0;

	for (size_t i = 0; i < CELLS; i++)
		count += cells[i].measured;
	return count;
}

static void show_text(const struct rules_opts *o, size_t differ)
{
	struct utsname here = {0};
	const char *wanted = rule_system_name(rule_here());

	uname(&here);
	if (o->diff) {
		show_differences(o);
		if (differ == 0)
			out_line("%zu cells measured, nothing differs from %s", count_measured(),
			    say_quote(o->diff));
		else
			out_line("%zu cells measured, %zu differ from %s", count_measured(), differ,
			    say_quote(o->diff));
		show_not_measured();
		return;
	}
	out_line(
	    "How sockets share TCP ports, measured on %.12s %.30s", here.sysname, here.release);
	show_legend();
	show_ephemeral(show_then(show_bind(show_overlap(cells))));
	out_line("%s", "");
	if (differ == 0)
		out_line("%zu cells measured, all as documented for %s", count_measured(), wanted);
	else
		out_line("%zu cells measured, %zu not as documented for %s:", count_measured(),
		    differ, wanted);
	show_differences(o);
	show_not_measured();
}

static void show_json(const struct rules_opts *o, size_t differ)
{
	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *cell = &cells[i];
		json_open("cell");
		json_text("table", cell_table_name(cell->table));
		json_text("row", cell->row);
		json_text("column", cell->column);
		if (cell->state)
			json_text("state", cell->state);
		json_text("rule", cell->rule);
		json_text("observed", cell->observed);
		json_bool("agrees", cell->agrees);
		if (o->diff)
			json_text("there", *saved[i] ? saved[i] : NULL);
		json_list("steps");
		for (size_t step = 0; step < cell->step_count; step++)
			json_text(NULL, cell->steps[step]);
		json_end();
	}
	json_open("summary");
	json_number("cells", CELLS);
	json_number("differ", (int64_t)differ);
	json_number("not_measured", (int64_t)(CELLS - count_measured()));
	json_end();
}

/* Takes one line of a saved file. Returns whether it was a cell, or -1: it is no JSON object. */
static int take_line(const char *line, size_t len)
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

/* Reads a saved file. Returns an enum status; complains where it is not 0. */
static int read_saved(const struct common *common, const char *path)
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
		const int taken = take_line(line, len);
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

/* Asks the kernel about every cell. Returns an enum status. */
static int measure(const struct common *common)
{
	const int stop = stop_open();
	struct fault fault;

	if (stop < 0) {
		report_call(common, "pipe", errno);
		return STATUS_FAIL;
	}
	for (size_t i = 0; i < CELLS; i++) {
		const int result = cell_measure(&cells[i], stop, &fault);
		if (result > 0 || stop_wanted())
			return STATUS_INTERRUPTED;
		if (result < 0) {
			report_fault(common, &fault, NULL, NULL, 1);
			return STATUS_FAIL;
		}
	}
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	struct rules_opts o = {0};
	size_t differ = 0;
	int status;

	const int first = command_words(&cmd_rules, &o.common, argc, argv, &status);
	if (first < 0)
		return status;
	if (first < argc) {
		say("surplus operand %s", say_quote(argv[first]));
		return STATUS_USAGE;
	}
	cells_list(cells);
	status = o.diff ? read_saved(&o.common, o.diff) : STATUS_OK;
	if (status != STATUS_OK)
		return status;
	report_explain(&o.common);
	if (o.common.json)
		json_start("rules");
	status = measure(&o.common);
	for (size_t i = 0; i < CELLS && status == STATUS_OK; i++)
		differ += !as_wanted(&o, i);
	if (status == STATUS_OK)
		(o.common.json ? show_json : show_text)(&o, differ);
	for (size_t i = 0; i < CELLS; i++)
		cell_clear(&cells[i]);
	if (out_end() < 0)
		return STATUS_FAIL;
	return status == STATUS_OK && differ > 0 ? STATUS_FAIL : status;
}

const struct command cmd_rules = {
    .name = "rules",
    .summary = "Show the rules of sharing on this kernel, measured, as tables",
    .operands = "",
    .about = "Which addresses overlap; where they do, which options let a second socket bind\n"
	     "the port; who may listen and dial then; and how many connections ten ephemeral\n"
	     "ports yield. Each cell is measured by a trial on loopback (see 'reuse help try')\n"
	     "and compared with the documented rule of this system; one that differs is\n"
	     "marked, and listed with the steps that show it. Nothing stays open.\n"
	     "\n"
	     "Whether two users may share is measured where the program may change its\n"
	     "effective user ID. Status 0: all cells agree with the rule, or with the file;\n"
	     "1: one differs.",
    .example = "reuse rules\n"
	       "reuse rules --json",
    .opts = opts,
    .run = run,
};
