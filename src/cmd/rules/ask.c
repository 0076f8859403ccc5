#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/rules/ask.h"
#include "tcp/forecast.h"
#include "tcp/trial.h"
#include "words/script.h"

enum { CONNECT_US = 200000 }; /* on a loopback; what takes longer is not answered */

/* Our own words are well-formed: what they lack is memory. */
static int ask_failed(const struct inquiry *inquiry)
{
	*inquiry->fault = (struct fault){.at = CALL_SOCKET, .error = ENOMEM};
	return -1;
}

/* One step more. Without memory it is NULL. */
__attribute__((format(printf, 2, 3))) static void add_step(
    struct cell *cell, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (cell->step_count < CELL_STEPS)
		cell->steps[cell->step_count++] = strdup(text);
}

/* Steps of cmd/rules/tables.h, * replaced. */
static void add_all(struct cell *cell, const char *const steps[], const char *words)
{
	for (size_t i = 0; steps[i]; i++) {
		const size_t len = strcspn(steps[i], "*");
		add_step(cell, "%.*s%s", (int)len, steps[i], steps[i][len] ? words : "");
	}
}

int inquiry_write(struct cell *cell, struct inquiry *inquiry, int64_t uid, unsigned first_port)
{
	const struct rules_address *row = &rules_addresses[cell->at_row],
				   *column = &rules_addresses[cell->at_column];
	char range[40] = "";

	cell_clear(cell);
	switch (cell->table) {
	case CELL_OVERLAP:
		add_step(cell, "a bind %s:P%s", row->host, row->words);
		add_step(cell, "b bind %s:P%s", column->host, column->words);
		break;
	case CELL_BIND:
		add_all(
		    cell, rules_states[cell->at_state].steps, rules_options[cell->at_row].words);
		snprintf(range, sizeof range, " uid=%lld", (long long)uid);
		add_step(cell, "b bind 127.0.0.1:P%s%s", rules_options[cell->at_column].words,
		    uid == TRIAL_SAME_USER ? "" : range);
		break;
	case CELL_THEN:
		add_all(cell, rules_situations[cell->at_row].steps,
		    rules_options[cell->at_column].words);
		break;
	case CELL_BESIDE:
		add_step(cell, "a bind %s:P%s", rules_besides[cell->at_row].first,
		    rules_besides[cell->at_row].words);
		add_step(cell, "a listen");
		add_step(cell, "b bind %s:P%s", rules_besides[cell->at_row].second,
		    rules_options[cell->at_column].words);
		add_step(cell, "b listen");
		break;
	case CELL_EPHEMERAL:
	case CELL_TABLES:
		if (first_port)
			snprintf(range, sizeof range, " port-range=%u-%u", first_port,
			    first_port + RULES_PORTS - 1);
		const char *words = rules_ways[cell->at_row].words;
		for (int to = 0; to <= cell->at_column; to++) {
			add_step(cell, "d%d bind 127.0.0.1:%c", to, "PQ"[to]);
			add_step(cell, "d%d listen", to);
		}
		for (int to = 0; to <= cell->at_column; to++)
			for (int i = 0; i <= RULES_PORTS; i++) {
				const int n = to * (RULES_PORTS + 1) + i;
				if (words)
					add_step(cell, "c%d bind 127.0.0.1:0%s%s", n, words, range);
				add_step(cell, "c%d connect 127.0.0.1:%c%s", n, "PQ"[to],
				    words ? "" : range);
			}
		break;
	}
	for (size_t i = 0; i < cell->step_count; i++)
		if (!cell->steps[i])
			return ask_failed(inquiry);
	return 0;
}

bool inquiry_late(struct inquiry *inquiry)
{
	inquiry->late |= clock_us() >= inquiry->until_us;
	return inquiry->late;
}

bool inquiry_answered(const struct cell *cell, const struct fault *fault)
{
	if (fault->error == EADDRINUSE)
		return cell->table == CELL_THEN || cell->table == CELL_EPHEMERAL ||
		       cell->table == CELL_BESIDE || fault->at == CALL_BIND;
	if (cell->table == CELL_EPHEMERAL)
		return fault->error == EADDRNOTAVAIL;
	return cell->table == CELL_THEN && fault->error == rule_pair_errno(rule_here());
}

/* An option that was taken and is not heeded counts as absent. */
static void read_back(const struct trial *trial, const struct step *step, struct fault *fault)
{
	const int fd = trial_fd(trial, step->socket);

	for (size_t i = 0; i < step->setting_count && fd >= 0 && fault->at == CALL_NONE; i++)
		if (!option_is(fd, &step->settings[i]))
			*fault = (struct fault){.at = CALL_OPTION, .error = ENOPROTOOPT};
}

/* Runs the steps of the plan. Returns as inquiry_run. */
static int ask_cell(const struct cell *cell, const struct trial_plan *plan, struct inquiry *inquiry)
{
	struct trial *trial = trial_begin(plan, inquiry->fault);
	struct trial_result result = {0};
	bool decided = false;

	if (!trial)
		return -1;
	for (size_t i = 0; i < plan->count && !decided && !inquiry_late(inquiry); i++) {
		trial_step(trial, i, &result);
		read_back(trial, &plan->steps[i], &result.fault);
		inquiry->kernel.faults[i] = result.fault;
		decided = result.fault.at != CALL_NONE &&
			  (cell->table != CELL_EPHEMERAL || !inquiry_answered(cell, &result.fault));
	}
	trial_end(trial);
	return result.stopped;
}

int inquiry_run(const struct cell *cell, struct inquiry *inquiry)
{
	struct script script = {0};
	struct forecast forecasts[CELL_STEPS];
	char why[SCRIPT_WHY];
	int result = 0;

	for (size_t i = 0; i < cell->step_count && result == 0; i++)
		result = script_add(&script, cell->steps[i], strlen(cell->steps[i]), why);
	inquiry->kernel = inquiry->rule = (struct outcome){.count = script.count};
	if (result == 0)
		result = forecast(facts_here(), script.steps, script.count, geteuid(), forecasts);
	for (size_t i = 0; i < script.count && result == 0; i++)
		inquiry->rule.faults[i] = forecasts[i].fault;
	if (result < 0) {
		ask_failed(inquiry);
	} else if (!inquiry_late(inquiry)) {
		struct trial_plan plan = script_plan(&script, inquiry->stop);
		plan.connect_us = CONNECT_US;
		result = ask_cell(cell, &plan, inquiry);
	}
	script_clear(&script);
	return result;
}
