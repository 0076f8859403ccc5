#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rules/ask.h"
#include "cmd/rules/ephemeral.h"
#include "cmd/rules/measure.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tcp/rule.h"
#include "tcp/trial.h"

enum {
	ATTEMPTS = 3,
	SOMEBODY = 65534,
};

static size_t first_refused(const struct outcome *outcome)
{
	size_t i = 0;

	while (i < outcome->count && outcome->faults[i].at == CALL_NONE)
		i++;
	return i;
}

/* A refusal that has nothing to do with the question. */
static void not_measured(char text[CELL_TEXT], const struct fault *fault)
{
	snprintf(
	    text, CELL_TEXT, "not measured (%s %s)", fault_call(fault->at), errname(fault->error));
}

/* What a cell shows of that. Returns whether it was measured: a step that only leads up to the
 * question may have been refused. */
static bool judge_cell(const struct cell *cell, const struct outcome *outcome, char text[CELL_TEXT])
{
	const size_t refused = first_refused(outcome);
	const struct fault *fault = refused < outcome->count ? &outcome->faults[refused] : NULL;
	const size_t asks = cell->table == CELL_BESIDE ? 2 : 1; /* the last steps */
	const bool leads_up = cell->table != CELL_THEN && refused + asks < outcome->count;

	if (fault && (leads_up || !inquiry_answered(cell, fault))) {
		not_measured(text, fault);
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

static int measure_simple(struct cell *cell, struct inquiry *inquiry)
{
	int result = inquiry_write(cell, inquiry, TRIAL_SAME_USER, 0);
	if (result == 0)
		result = inquiry_run(cell, inquiry);
	if (result != 0)
		return result;
	judge_cell(cell, &inquiry->rule, cell->rule);
	cell->measured = judge_cell(cell, &inquiry->kernel, cell->observed);
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
	result = inquiry_write(cell, inquiry, other, 0);
	if (result == 0)
		result = inquiry_run(cell, inquiry);
	if (result != 0)
		return result;
	judge_cell(cell, &inquiry->rule, rule);
	if (ruled_ok && !strcmp(rule, "no"))
		snprintf(cell->rule, CELL_TEXT, "uid");
	const bool is_uid = !strcmp(cell->rule, "uid");
	const struct fault *last = &inquiry->kernel.faults[inquiry->kernel.count - 1];
	if (!judge_cell(cell, &inquiry->kernel, observed)) {
		cell->measured = !is_uid;
		if (is_uid)
			snprintf(cell->observed, CELL_TEXT, "%s",
			    last->at == CALL_SETEUID ? "not measured (needs CAP_SETUID)"
						     : observed);
	} else if (!strcmp(observed, "no")) {
		snprintf(cell->observed, CELL_TEXT, "uid");
		return 0; /* with the steps that show the refusal */
	}
	return inquiry_write(cell, inquiry, TRIAL_SAME_USER, 0);
}

/* Of a network of our own nothing is set but its range of ports. */
static bool may_bind_twice(bool apart)
{
	char text[TUNABLE_TEXT];

	return !apart && tunable_read("net.ipv4.ip_autobind_reuse", text) == 0 &&
	       strcmp(text, "0") != 0;
}

/* Writes the rule and what was counted. Where chance decides, every count that the rule allows is the
 * same. */
static void judge_ephemeral(struct cell *cell, int count, bool apart)
{
	const enum rule_way way = rules_ways[cell->at_row].way;
	const int destinations = cell->at_column + 1;
	const int least = rule_ephemeral(rule_here(), way, RULES_PORTS, destinations);
	const int most = may_bind_twice(apart)
			     ? rule_ephemeral_most(rule_here(), way, RULES_PORTS, destinations)
			     : least;

	if (least < 0)
		snprintf(cell->rule, CELL_TEXT, "-");
	else if (least < most)
		snprintf(cell->rule, CELL_TEXT, "%d to %d", least, most);
	else
		snprintf(cell->rule, CELL_TEXT, "%d", least);
	if (least < most && count >= least && count <= most)
		snprintf(cell->observed, CELL_TEXT, "%s", cell->rule);
	else
		snprintf(cell->observed, CELL_TEXT, "%d", count);
}

static int measure_ephemeral(struct cell *cell, struct inquiry *inquiry)
{
	int result;

	judge_ephemeral(cell, EPHEMERAL_UNKNOWN, false); /* the rule, also where there is no time */
	*inquiry->fault = (struct fault){0};
	if (inquiry_write(cell, inquiry, TRIAL_SAME_USER, 0) < 0)
		return -1;
	if (inquiry_late(inquiry))
		return 0;
	int count = ephemeral_here(cell, inquiry, &result);
	const bool apart = count == EPHEMERAL_UNKNOWN;
	if (apart && result == 0)
		count = ephemeral_apart(cell, inquiry, &result);
	if (result != 0)
		return result;
	cell->measured = count >= 0;
	judge_ephemeral(cell, count, apart);
	if (!cell->measured && inquiry->fault->at != CALL_NONE)
		not_measured(cell->observed, inquiry->fault);
	else if (!cell->measured && !inquiry_late(inquiry))
		snprintf(cell->observed, CELL_TEXT,
		    "not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)");
	return 0;
}

int cell_measure(struct cell *cell, int stop, int64_t until_us, struct fault *fault)
{
	struct inquiry inquiry = {.stop = stop, .until_us = until_us, .fault = fault};
	int result = 0;

	for (int i = 0;
	     i < ATTEMPTS && result == 0 && (i == 0 || (cell->measured && !cell->agrees)); i++) {
		result = cell->table == CELL_BIND        ? measure_bind(cell, &inquiry)
			 : cell->table == CELL_EPHEMERAL ? measure_ephemeral(cell, &inquiry)
							 : measure_simple(cell, &inquiry);
		if (inquiry.late) {
			cell->measured = false;
			snprintf(cell->observed, CELL_TEXT, "not measured (out of time)");
		}
		cell->agrees = !cell->measured || !strcmp(cell->rule, "-") ||
			       !strcmp(cell->rule, cell->observed);
	}
	return result;
}
