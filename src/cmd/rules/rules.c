/* reuse rules: the rules of sharing on this kernel, measured. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "clock.h"
#include "cmd/rules/cell.h"
#include "cmd/rules/fuzz.h"
#include "cmd/rules/measure.h"
#include "cmd/rules/saved.h"
#include "cmd/rules/view.h"
#include "os/tunable.h"
#include "tcp/port.h"
#include "tcp/rule.h"
#include "words/report.h"
#include "words/start.h"

enum {
	MOST_US = 3000000, /* the whole of it is to end within 5 s, also on a slow machine */
	THERE = 40,
	SEEDS = 1000000000, /* that are chosen from where none is given */
};
#define NO_SEED UINT64_MAX

struct rules_opts {
	struct common common;
	const char *diff; /* NULL: compare with the rule */
	uint64_t fuzz;    /* trials; 0: the tables */
	uint64_t seed;    /* NO_SEED: chosen */
};

static const struct opt opts[] = {
    {0, "diff", "FILE", offsetof(struct rules_opts, diff), opt_word, 0,
	"compare with the saved --json output of another system"},
    {0, "fuzz", "N", offsetof(struct rules_opts, fuzz), opt_count, 0,
	"run N random trials beside the rule's forecast, or those of FILE"},
    {0, "seed", "S", offsetof(struct rules_opts, seed), opt_number, 0,
	"of --fuzz: the same S is the same trials, on every system"},
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

/* "bind LISTEN, row A, column AP:" */
static void show_place(const struct cell *cell)
{
	out_line("  %s%s%s, row %s, column %s:", cell_table_name(cell->table),
	    cell->state ? " " : "", cell->state ? cell->state : "", cell->row, cell->column);
}

/* What the file says, fit for a terminal and for the rest of a line of 80. Returns `text`. */
static const char *there(size_t i, char text[THERE])
{
	const size_t len = strlen(saved[i]);

	if (len == 0)
		snprintf(text, THERE, "nothing");
	else if (text_escape(text, THERE - 3, saved[i], len) < len)
		snprintf(text + strlen(text), sizeof "...", "...");
	return text;
}

static void show_differences(const struct rules_opts *o)
{
	char text[THERE];

	for (size_t i = 0; i < CELLS; i++) {
		const struct cell *cell = &cells[i];
		if (as_wanted(o, i))
			continue;
		show_place(cell);
		if (o->diff)
			out_line("    here %s, there %s", cell->observed, there(i, text));
		else
			out_line("    observed %s, the rule says %s", cell->observed, cell->rule);
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
		while (j < i &&
		       (cells[j].measured || strcmp(cells[j].observed, cells[i].observed) != 0))
			j++;
		if (j < i)
			continue;
		for (j = i; j < CELLS; j++)
			count +=
			    !cells[j].measured && !strcmp(cells[j].observed, cells[i].observed);
		const char *reason = cells[i].observed + strlen("not measured ");
		if (strstr(reason, "CAP_SETUID"))
			out_line("uid? in %zu cells: the same user may; another: not measured %s",
			    count, reason);
		else
			out_line("? in %zu cells: not measured %s", count, reason);
	}
}

/* Whether one is missing for want of time or of something else than a privilege. */
static bool is_incomplete(void)
{
	for (size_t i = 0; i < CELLS; i++)
		if (!cells[i].measured && !strstr(cells[i].observed, "(needs "))
			return true;
	return false;
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
	    "How sockets share TCP ports, measured on %.12s %.25s", here.sysname, here.release);
	rules_view(cells);
	out_line("%s", "");
	if (differ == 0)
		out_line("%zu cells measured, all as documented for %s", count_measured(), wanted);
	else
		out_line("%zu cells measured, %zu not as documented for %s:", count_measured(),
		    differ, wanted);
	show_differences(o);
	show_not_measured();
}

static void rules_json(const struct rules_opts *o, size_t differ)
{
	struct utsname here = {0};

	uname(&here);
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
	json_text("system", here.sysname);
	json_text("release", here.release);
	json_end();
}

/* Asks the kernel about every cell. Returns an enum status. */
static int measure(void)
{
	const int stop = start_stop();
	const int64_t until_us = clock_us() + MOST_US;
	struct fault fault;

	if (stop < 0)
		return STATUS_FAIL;
	/* Twice through them: those about a TIME_WAIT come last. */
	for (size_t n = 0; n < 2UL * CELLS; n++) {
		const size_t i = n % CELLS;
		if (cell_waits(&cells[i]) != (n >= CELLS))
			continue;
		out_busy("%zu of %d cells measured", n / 2, CELLS);
		const int result = cell_measure(&cells[i], stop, until_us, &fault);
		if (result > 0 || stop_wanted())
			return STATUS_INTERRUPTED;
		if (result < 0) {
			report_fault(&fault, NULL, NULL, 1);
			return STATUS_FAIL;
		}
	}
	return STATUS_OK;
}

static int rules_read(void *into, int count, char **words)
{
	const struct rules_opts *const o = into;

	if (count > 0)
		return command_unexpected(words[0]);
	if (o->seed != NO_SEED && o->fuzz == 0) {
		say("--seed is of --fuzz");
		return STATUS_USAGE;
	}
	if (o->fuzz > 0) {
		const struct fuzz fuzz = {.saved = o->diff};
		return o->diff ? fuzz_check(&fuzz) : STATUS_OK;
	}
	cells_list(cells);
	return o->diff ? rules_saved_read(o->diff, cells, saved) : STATUS_OK;
}

static int run_rules(int argc, char **argv)
{
	struct rules_opts o = {.seed = NO_SEED};
	unsigned low, high;
	size_t differ = 0;
	int status;

	if (!start_command(&cmd_rules, &o.common, argc, argv, &status))
		return status;
	if (tunable_port_range(&low, &high))
		port_avoid(low, high);
	if (o.fuzz > 0) {
		const struct fuzz fuzz = {.trials = o.fuzz,
		    .seed = o.seed == NO_SEED ? port_random(SEEDS) : o.seed & INT64_MAX,
		    .saved = o.diff};
		status = fuzz_run(&fuzz);
		return out_end() < 0 ? STATUS_FAIL : status;
	}
	status = measure();
	for (size_t i = 0; i < CELLS && status == STATUS_OK; i++)
		differ += !as_wanted(&o, i);
	if (status == STATUS_OK)
		(out_json() ? rules_json : show_text)(&o, differ);
	for (size_t i = 0; i < CELLS; i++)
		cell_clear(&cells[i]);
	if (out_end() < 0)
		return STATUS_FAIL;
	return status == STATUS_OK && (differ > 0 || is_incomplete()) ? STATUS_FAIL : status;
}

const struct command cmd_rules = {
    .name = "rules",
    .summary = "Show the rules of sharing on this kernel, measured, as tables",
    .operands = "",
    .about =
	"Which addresses overlap; where they do, which options let a second socket bind\n"
	"the port; who may listen and dial then; and how many connections ten ephemeral\n"
	"ports yield; and a wildcard beside a specific address. Each cell is measured by a trial on loopback (see 'reuse help try')\n"
	"and compared with the documented rule of this system; one that differs is\n"
	"marked, and listed with the steps that show it. Nothing stays open.\n"
	"\n"
	"Whether two users may share is measured where the program may change its\n"
	"effective user ID. With --fuzz random trials are run instead, and each answer of\n"
	"the kernel compared with what the rule of its version forecasts; what differs is\n"
	"shrunk to the fewest steps. Status 0: all cells or trials agree with the rule, or\n"
	"with the file, and what needs no privilege was measured; 1: not.",
    .example = "reuse rules\n"
	       "reuse rules --json\n"
	       "reuse rules --fuzz 10k",
    .opts = opts,
    .run = run_rules,
    .read = rules_read,
    .notes =
	"To compare two systems, run 'reuse rules --json >linux.json' on one and 'reuse rules\n"
	"--diff linux.json' on the other. On Linux, where no ten ports in a row are free, the\n"
	"table of ephemeral ports is measured in a network namespace of its own.\n"
	"\n"
	"--fuzz knows what Linux remembers of a port, by which it lets sockets in that the tables\n"
	"refuse. The trials are up to twenty steps of up to six sockets and two users; of each the\n"
	"first answer that differs is shown. Where several listeners are in reach of a connect chance\n"
	"decides, and nothing is forecast from there on. Trials that need a second user or IPv6 are\n"
	"skipped where there is none. With --diff FILE, saved by --fuzz N --json, the trials are those\n"
	"of FILE, and the answers are compared with its.\n"
	"\n"
	"With net.ipv4.ip_autobind_reuse=1 Linux gives an ephemeral port to more than one socket that\n"
	"has SO_REUSEADDR alone, at random: how many connections ten of them yield is then chance.",
};
