#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cell.h"
#include "cmd/step.h"
#include "os/crew.h"
#include "os/netns.h"
#include "tcp/errname.h"
#include "tcp/forecast.h"
#include "tcp/port.h"
#include "tcp/trial.h"

enum {
	ATTEMPTS = 3,
	RANGES = 300, /* looked at for one whose ten ports are all free */
	SOMEBODY = 65534,
};

#define APART_RANGE "40000 40009" /* RULES_PORTS of them, in a network where nobody else is */

const char *cell_table_name(enum cell_table table)
{
	static const char *const names[CELL_TABLES] = {"overlap", "bind", "then", "ephemeral"};

	return names[table];
}

static struct cell *list_one(
    struct cell *cell, enum cell_table table, int row, int column, int state)
{
	static const char *const destinations[CELL_DESTINATIONS] = {"one", "two"};

	*cell =
	    (struct cell){.table = table, .at_row = row, .at_column = column, .at_state = state};
	switch (table) {
	case CELL_OVERLAP:
		cell->row = rules_addresses[row].name;
		cell->column = rules_addresses[column].name;
		break;
	case CELL_BIND:
		cell->row = rules_options[row].name;
		cell->column = rules_options[column].name;
		cell->state = rules_states[state].name;
		break;
	case CELL_THEN:
		cell->row = rules_situations[row].name;
		cell->column = rules_options[column].name;
		break;
	case CELL_EPHEMERAL:
	case CELL_TABLES:
		cell->row = rules_ways[row].name;
		cell->column = destinations[column];
		break;
	}
	return cell + 1;
}

void cells_list(struct cell cells[CELLS])
{
	struct cell *cell = cells;

	for (int i = 0; i < RULES_ADDRESSES; i++)
		for (int j = 0; j < RULES_ADDRESSES; j++)
			cell = list_one(cell, CELL_OVERLAP, i, j, 0);
	for (int state = 0; state < RULES_STATES; state++)
		for (int i = 0; i < RULES_OPTIONS; i++)
			for (int j = 0; j < RULES_OPTIONS; j++)
				cell = list_one(cell, CELL_BIND, i, j, state);
	for (int i = 0; i < RULES_SITUATIONS; i++)
		for (int j = 0; j < RULES_OPTIONS; j++)
			cell = list_one(cell, CELL_THEN, i, j, 0);
	for (int i = 0; i < RULES_WAYS; i++)
		for (int j = 0; j < CELL_DESTINATIONS; j++)
			cell = list_one(cell, CELL_EPHEMERAL, i, j, 0);
}

void cell_clear(struct cell *cell)
{
	while (cell->step_count > 0)
		free(cell->steps[--cell->step_count]);
}

/* One step more. Without memory it is left out, and the script that lacks it is short. */
__attribute__((format(printf, 2, 3))) static void add(struct cell *cell, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (cell->step_count < CELL_STEPS && (cell->steps[cell->step_count] = strdup(text)) != NULL)
		cell->step_count++;
}

/* Steps of lore/rules.h, * replaced. */
static void add_all(struct cell *cell, const char *const steps[], const char *words)
{
	for (size_t i = 0; steps[i]; i++) {
		const size_t len = strcspn(steps[i], "*");
		add(cell, "%.*s%s", (int)len, steps[i], steps[i][len] ? words : "");
	}
}

/* With `uid` the newcomer of the table `bind` is of that user; `first_port` begins the range of ephemeral
 * ports, 0: the range is the system's. */
static void write_steps(struct cell *cell, int64_t uid, unsigned first_port)
{
	const struct rules_address *row = &rules_addresses[cell->at_row],
				   *column = &rules_addresses[cell->at_column];
	char range[40] = "";

	cell_clear(cell);
	switch (cell->table) {
	case CELL_OVERLAP:
		add(cell, "a bind %s:P%s", row->host, row->words);
		add(cell, "b bind %s:P%s", column->host, column->words);
		break;
	case CELL_BIND:
		add_all(
		    cell, rules_states[cell->at_state].steps, rules_options[cell->at_row].words);
		snprintf(range, sizeof range, " uid=%lld", (long long)uid);
		add(cell, "b bind 127.0.0.1:P%s%s", rules_options[cell->at_column].words,
		    uid == TRIAL_SAME_USER ? "" : range);
		break;
	case CELL_THEN:
		add_all(cell, rules_situations[cell->at_row].steps,
		    rules_options[cell->at_column].words);
		break;
	case CELL_EPHEMERAL:
	case CELL_TABLES:
		if (first_port)
			snprintf(range, sizeof range, " port-range=%u-%u", first_port,
			    first_port + RULES_PORTS - 1);
		const char *words = rules_ways[cell->at_row].words;
		for (int to = 0; to <= cell->at_column; to++) {
			add(cell, "d%d bind 127.0.0.1:%c", to, "PQ"[to]);
			add(cell, "d%d listen", to);
		}
		for (int to = 0; to <= cell->at_column; to++)
			for (int i = 0; i <= RULES_PORTS; i++) {
				const int n = to * (RULES_PORTS + 1) + i;
				if (words)
					add(cell, "c%d bind 127.0.0.1:0%s%s", n, words, range);
				add(cell, "c%d connect 127.0.0.1:%c%s", n, "PQ"[to],
				    words ? "" : range);
			}
		break;
	}
}

/* How the steps of a cell fared, or should. */
struct outcome {
	size_t count;
	struct fault faults[CELL_STEPS];
};

static size_t first_refused(const struct outcome *outcome)
{
	size_t i = 0;

	while (i < outcome->count && outcome->faults[i].at == CALL_NONE)
		i++;
	return i;
}

/* What a cell shows of that. Returns whether it was measured: a step that only leads up to the
 * question may have been refused. */
static bool judge(const struct cell *cell, const struct outcome *outcome, char text[CELL_TEXT])
{
	const size_t refused = first_refused(outcome);
	const struct fault *fault = refused < outcome->count ? &outcome->faults[refused] : NULL;
	const bool in_use = fault && fault->at == CALL_BIND && fault->error == EADDRINUSE &&
			    refused + 1 == outcome->count;

	if (cell->table != CELL_THEN && fault && !in_use) {
		snprintf(text, CELL_TEXT, "not measured (%s %s)", fault_call(fault->at),
		    errname(fault->error));
		return false;
	}
	if (cell->table == CELL_OVERLAP)
		snprintf(text, CELL_TEXT, "%s", fault ? "overlap" : "apart");
	else if (cell->table == CELL_BIND)
		snprintf(text, CELL_TEXT, "%s", fault ? "no" : "ok");
	else if (fault)
		snprintf(text, CELL_TEXT, "%s:%s", fault_call(fault->at), errname(fault->error));
	else
		snprintf(text, CELL_TEXT, "ok");
	return true;
}

/* The steps of a cell, run, and forecast. */
struct inquiry {
	int stop;
	struct outcome kernel, rule;
	struct fault *fault; /* why it could not be run */
};

/* Returns 0; 1 where it was stopped; -1. */
static int inquire(const struct cell *cell, struct inquiry *inquiry)
{
	struct script script = {0};
	struct trial_result results[CELL_STEPS];
	char why[SCRIPT_WHY];
	int result = 0;

	for (size_t i = 0; i < cell->step_count && result == 0; i++)
		result = script_add(&script, cell->steps[i], strlen(cell->steps[i]), why);
	inquiry->kernel.count = inquiry->rule.count = script.count;
	if (result == 0)
		result = forecast(
		    rule_here(), script.steps, script.count, geteuid(), inquiry->rule.faults);
	if (result < 0) {
		/* Our own words are well-formed: no memory. */
		*inquiry->fault = (struct fault){.at = CALL_SOCKET, .error = ENOMEM};
	} else {
		const struct trial_plan plan = script_plan(&script, inquiry->stop);
		result = trial_run(&plan, results, NULL, inquiry->fault);
		for (size_t i = 0; i < script.count && result == 0; i++)
			inquiry->kernel.faults[i] = results[i].fault;
	}
	script_clear(&script);
	return result;
}

static int measure_simple(struct cell *cell, struct inquiry *inquiry)
{
	write_steps(cell, TRIAL_SAME_USER, 0);
	const int result = inquire(cell, inquiry);
	if (result != 0)
		return result;
	judge(cell, &inquiry->rule, cell->rule);
	cell->measured = judge(cell, &inquiry->kernel, cell->observed);
	return 0;
}

/* The same user first; where that one may, another. */
static int measure_bind(struct cell *cell, struct inquiry *inquiry)
{
	const int64_t other = geteuid() == SOMEBODY ? SOMEBODY - 1 : SOMEBODY;
	char rule[CELL_TEXT], observed[CELL_TEXT];
	int result = measure_simple(cell, inquiry);

	if (result != 0 || strcmp(cell->observed, "ok") != 0)
		return result;
	const bool ruled_ok = !strcmp(cell->rule, "ok");
	write_steps(cell, other, 0);
	result = inquire(cell, inquiry);
	if (result != 0)
		return result;
	judge(cell, &inquiry->rule, rule);
	if (ruled_ok && !strcmp(rule, "no"))
		snprintf(cell->rule, CELL_TEXT, "uid");
	const bool is_uid = !strcmp(cell->rule, "uid");
	const struct fault *last = &inquiry->kernel.faults[inquiry->kernel.count - 1];
	if (last->at == CALL_SETEUID) {
		cell->measured = !is_uid;
		if (is_uid)
			snprintf(cell->observed, CELL_TEXT, "not measured (needs CAP_SETUID)");
	} else if (judge(cell, &inquiry->kernel, observed) && !strcmp(observed, "no")) {
		snprintf(cell->observed, CELL_TEXT, "uid");
		return 0; /* with the steps that show the refusal */
	}
	write_steps(cell, TRIAL_SAME_USER, 0);
	return 0;
}

/* Ten ephemeral ports in a row that are free, held: they must be of those that the kernel gives out, or
 * IP_LOCAL_PORT_RANGE has no effect (ip(7)). Returns 0, or -1 with errno. */
static int hold_range(struct port ports[RULES_PORTS])
{
	for (int attempt = 0; attempt < RANGES; attempt++) {
		const unsigned first = port_ephemeral();
		int n = 0;
		if (first == 0)
			return -1;
		if (!port_is_ephemeral(first + RULES_PORTS - 1))
			continue;
		while (n < RULES_PORTS && port_take_this(&ports[n], first + (unsigned)n) == 0)
			n++;
		if (n == RULES_PORTS)
			return 0;
		const int error = errno;
		while (n > 0)
			port_give_back(&ports[--n]);
		errno = error;
		if (error != EADDRINUSE)
			return -1;
	}
	errno = EADDRINUSE;
	return -1;
}

enum { UNKNOWN = -1, NO_RANGE = -2, NO_PORTS = -3 };

/* How many of the connections that were tried there are; or UNKNOWN where it could not be run. */
static int count_connections(const struct cell *cell, struct inquiry *inquiry, int *result)
{
	int connections = 0;

	*result = inquire(cell, inquiry);
	if (*result != 0)
		return UNKNOWN;
	for (size_t i = 0; i < inquiry->kernel.count; i++) {
		const struct fault *fault = &inquiry->kernel.faults[i];
		if (fault->at == CALL_OPTION)
			return NO_RANGE;
		connections += strstr(cell->steps[i], " connect ") && fault->at == CALL_NONE;
	}
	return connections;
}

/* Ten ports of the range that all use, by IP_LOCAL_PORT_RANGE. */
static int count_here(struct cell *cell, struct inquiry *inquiry, int *result)
{
	struct port ports[RULES_PORTS] = {0};

	*result = 0;
	if (!option_known(OPTION_PORT_RANGE))
		return NO_RANGE;
	if (hold_range(ports) < 0)
		return NO_PORTS;
	write_steps(cell, TRIAL_SAME_USER, ports[0].number);
	const int count = count_connections(cell, inquiry, result);
	for (int i = 0; i < RULES_PORTS; i++)
		port_give_back(&ports[i]);
	return count;
}

/* In a process with a network of its own, whose range is ten ports. */
static int count_apart(struct cell *cell, struct inquiry *inquiry)
{
	struct crew crew;
	struct member member;
	const char *call;
	int count = UNKNOWN, result;

	write_steps(cell, TRIAL_SAME_USER, 0);
	if (crew_open(&crew) < 0)
		return UNKNOWN;
	switch (crew_fork(&crew, &member)) {
	case 1:
		if (netns_enter(&call) == 0 &&
		    netns_tune("net.ipv4.ip_local_port_range", APART_RANGE) == 0)
			count = count_connections(cell, inquiry, &result);
		_exit(write(member.report, &count, sizeof count) < 0);
	case 0:
		if (read(member.report, &count, sizeof count) != sizeof count)
			count = UNKNOWN;
		crew_reap(&member);
		break;
	}
	crew_close(&crew);
	return count;
}

static int measure_ephemeral(struct cell *cell, struct inquiry *inquiry)
{
	const int expected = rule_ephemeral(
	    rule_here(), rules_ways[cell->at_row].way, RULES_PORTS, cell->at_column + 1);
	int result;

	if (expected < 0)
		snprintf(cell->rule, CELL_TEXT, "-");
	else
		snprintf(cell->rule, CELL_TEXT, "%d", expected);
	const int here = count_here(cell, inquiry, &result);
	if (result != 0)
		return result;
	const int count = here >= 0 ? here : count_apart(cell, inquiry);
	cell->measured = count >= 0;
	if (cell->measured)
		snprintf(cell->observed, CELL_TEXT, "%d", count);
	else
		snprintf(cell->observed, CELL_TEXT, "not measured (%s)",
		    here == NO_PORTS ? "no ten ports in a row are free"
				     : "needs IP_LOCAL_PORT_RANGE or a network namespace");
	return 0;
}

int cell_measure(struct cell *cell, int stop, struct fault *fault)
{
	struct inquiry inquiry = {.stop = stop, .fault = fault};
	int result = 0;

	for (int i = 0; i < ATTEMPTS && result == 0 && !(cell->measured && cell->agrees); i++) {
		result = cell->table == CELL_BIND        ? measure_bind(cell, &inquiry)
			 : cell->table == CELL_EPHEMERAL ? measure_ephemeral(cell, &inquiry)
							 : measure_simple(cell, &inquiry);
		cell->agrees = !cell->measured || !strcmp(cell->rule, "-") ||
			       !strcmp(cell->rule, cell->observed);
	}
	return result;
}
