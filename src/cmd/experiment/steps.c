#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cmd/experiment/stage.h"
#include "cmd/experiment/part.h"
#include "tcp/forecast.h"
#include "words/report.h"

/* The steps of a part that `try` could read, and what the rule forecasts of each. */
struct readable {
	struct script script;
	struct forecast *forecast;
};

static void break_off(struct show *show)
{
	report_call("malloc", errno);
	show->outcome.broken = true;
}

static bool read_steps(struct show *show, const struct part *part, struct readable *readable)
{
	struct script *const script = &readable->script;
	char why[SCRIPT_WHY];

	for (size_t i = 0; i < EXPERIMENT_STEPS; i++) {
		const char *const step = part->steps[i].step;
		if (step && script_add(script, step, strlen(step), why) < 0) {
			view_skip(show, why); /* our own words: no memory */
			show->outcome.broken = true;
			return false;
		}
	}
	readable->forecast = calloc(script->count + 1, sizeof *readable->forecast);
	if (readable->forecast && forecast(facts_here(), script->steps, script->count, geteuid(),
				      readable->forecast) == 0)
		return true;
	break_off(show);
	return false;
}

/* How many of the connects leave the port to the kernel. */
static int count_unbound(const struct script *script)
{
	int count = 0;

	for (size_t i = 0; i < script->count; i++) {
		const struct step *const step = &script->steps[i];
		bool bound = step->verb != TRIAL_CONNECT;
		for (size_t k = 0; k < i; k++)
			bound |= script->steps[k].verb == TRIAL_BIND &&
				 script->steps[k].socket == step->socket;
		count += !bound;
	}
	return count;
}

/* Runs step i of the script. What chance decides is shown only. */
static void run_step(
    struct stage *stage, const struct readable *readable, size_t i, const char *expected)
{
	const struct step *const step = &stage->script->steps[i];
	const struct forecast *const ruling = &readable->forecast[i];
	const struct trial_result forecast = {.fault = ruling->fault};
	const size_t size = script_text_size(stage->script, i);
	char observed[TRIAL_TEXT], ruled[TRIAL_TEXT], *const text = malloc(size);
	struct trial_result result;

	if (!text) {
		break_off(stage->show);
		return;
	}
	trial_step(stage->trial, i, &result);
	if (!result.stopped) {
		trial_text(step, &result, observed);
		if (!expected && ruling->kind == FORECAST_SURE)
			expected = trial_text(step, &forecast, ruled);
		const struct observation observation = {
		    .text = script_text(stage->script, i, stage->ports, text, size),
		    .result = observed,
		    .expected = expected,
		    .as_expected = !expected || !strcmp(observed, expected)};
		view_observation(stage->show, &observation);
	}
	free(text);
}

static void run_script(
    struct show *show, const struct part *part, const struct readable *readable, bool apart)
{
	const struct trial_plan plan = script_plan(&readable->script, show->stop);
	struct stage stage = {.show = show, .script = &readable->script, .apart = apart};
	struct fault fault;
	size_t step = 0;

	stage.trial = trial_begin(&plan, &fault);
	if (!stage.trial) {
		report_fault(&fault, NULL, NULL, 0);
		show->outcome.broken = true;
		return;
	}
	for (int i = TRIAL_P; i < TRIAL_PORTS; i++)
		stage.ports[i] = trial_port(stage.trial, (enum trial_port)i);
	const bool ready = stage_ports(&stage, count_unbound(&readable->script));
	for (size_t i = 0; ready && i < EXPERIMENT_STEPS && !show->outcome.broken && !out_lost();
	     i++) {
		const struct part_step *const next = &part->steps[i];
		if (stage_over(&stage))
			break;
		if (next->step)
			run_step(&stage, readable, step++, next->expected);
		else if (next->run)
			next->run(&stage);
	}
	trial_end(stage.trial);
}

void steps_run(struct show *show, const struct part *part, bool apart)
{
	struct readable readable = {0};

	if (read_steps(show, part, &readable))
		run_script(show, part, &readable, apart);
	script_clear(&readable.script);
	free(readable.forecast);
}
