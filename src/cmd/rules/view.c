#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "cmd/rules/draw.h"
#include "cmd/rules/view.h"
#include "tcp/system.h"

enum { THERE = 40 };

/* "bind LISTEN, row A, column AP:" */
static void show_place(const struct cell *cell)
{
	out_line("  %s%s%s, row %s, column %s:", cell->table->name, cell->state ? " " : "",
	    cell->state ? cell->state : "", cell->row, cell->column);
}

/* What the file says, fit for a terminal and for the rest of a line of 80. Returns `text`. */
static const char *show_there(const struct cell *cell, char text[THERE])
{
	const size_t len = strlen(cell->there);

	if (len == 0)
		snprintf(text, THERE, "nothing");
	else if (text_escape(text, THERE - 3, cell->there, len) < len)
		snprintf(text + strlen(text), sizeof "...", "...");
	return text;
}

static void show_differences(const struct rules_result *result)
{
	char text[THERE], observed[CELL_TEXT], rule[CELL_TEXT];

	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *cell = &result->cells[i];
		struct cell_steps steps = {0};
		if (!cell->differs)
			continue;
		cell_answer_text(&cell->observed, observed);
		show_place(cell);
		if (result->file)
			out_line("    here %s, there %s", observed, show_there(cell, text));
		else
			out_line("    observed %s, the rule says %s", observed,
			    cell_answer_text(&cell->rule, rule));
		cell->table->write(cell, &steps);
		for (size_t step = 0; step < steps.count; step++)
			out_line("    %s", steps.text[step]);
	}
}

/* How many of the cells from i on were not measured for the reason of cell i; 0 where an earlier one has said
 * that. */
static size_t count_unknown(const struct cell cells[CELLS], size_t i)
{
	size_t count = 0;

	if (cell_answer_known(&cells[i].observed))
		return 0;
	for (size_t j = 0; j < CELLS; j++)
		if (cell_answer_same(&cells[j].observed, &cells[i].observed)) {
			if (j < i)
				return 0;
			count++;
		}
	return count;
}

/* Each reason why something was not measured, once, with the number of cells. */
static void show_not_measured(const struct cell cells[CELLS])
{
	char text[CELL_TEXT];

	for (size_t i = 0; i < CELLS; i++) {
		const struct cell_answer *observed = &cells[i].observed;
		const size_t count = count_unknown(cells, i);
		if (count > 0 && observed->word == CELL_NEEDS_SETUID)
			out_line("uid? in %zu cell%s: the same user may; another: %s", count,
			    count > 1 ? "s" : "", cell_answer_text(observed, text));
		else if (count > 0)
			out_line("? in %zu cell%s: %s", count, count > 1 ? "s" : "",
			    cell_answer_text(observed, text));
	}
}

static void show_text(const struct rules_result *result, const struct utsname *here)
{
	const char *wanted = rule_system_name(rule_here());

	if (result->interrupted) {
		out_after_interrupt(stop_wanted());
		out_line("interrupted: %zu of %d cells measured, %zu differ", result->measured,
		    CELLS, result->differ);
		return;
	}
	if (result->file) {
		show_differences(result);
		if (result->differ == 0)
			out_line("%zu cells measured, nothing differs from %s", result->measured,
			    say_quote(result->file));
		else
			out_line("%zu cells measured, %zu differ from %s", result->measured,
			    result->differ, say_quote(result->file));
	} else {
		out_line("How sockets share TCP ports, measured on %.12s %.25s", here->sysname,
		    here->release);
		rules_draw(result->cells);
		out_line("%s", "");
		if (result->differ == 0)
			out_line("%zu cells measured, all as documented for %s", result->measured,
			    wanted);
		else
			out_line("%zu cells measured, %zu not as documented for %s:",
			    result->measured, result->differ, wanted);
		show_differences(result);
	}
	show_not_measured(result->cells);
}

static void cell_json(const struct cell *cell, bool there)
{
	struct cell_steps steps = {0};
	char text[CELL_TEXT];

	json_open("cell");
	json_text("table", cell->table->name);
	json_text("row", cell->row);
	json_text("column", cell->column);
	if (cell->state)
		json_text("state", cell->state);
	json_text("rule", cell_answer_text(&cell->rule, text));
	json_text("observed", cell_answer_text(&cell->observed, text));
	json_bool("agrees", cell->agrees);
	if (there)
		json_text("there", *cell->there ? cell->there : NULL);
	json_list("steps");
	cell->table->write(cell, &steps);
	for (size_t step = 0; step < steps.count; step++)
		json_text(NULL, steps.text[step]);
	json_end();
}

static void rules_json(const struct rules_result *result, const struct utsname *here)
{
	for (size_t i = 0; i < CELLS && !result->interrupted; i++)
		cell_json(&result->cells[i], result->file != NULL);
	json_open("summary");
	json_number("cells", CELLS);
	json_number("differ", (int64_t)result->differ);
	json_number("not_measured", (int64_t)(CELLS - result->measured));
	json_text("system", here->sysname);
	json_text("release", here->release);
	json_end();
}

void rules_view(const struct rules_result *result)
{
	struct utsname here = {0};

	uname(&here);
	(out_json() ? rules_json : show_text)(result, &here);
}
