#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/rules/ask.h"
#include "os/tunable.h"
#include "tcp/facts.h"
#include "tcp/forecast.h"
#include "tcp/trial.h"
#include "words/script.h"

enum { CONNECT_US = 200000 }; /* on a loopback; what takes longer is not answered */

bool inquiry_late(struct inquiry *inquiry)
{
	inquiry->late |= clock_us() >= inquiry->until_us;
	return inquiry->late;
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
		const bool refused = result.fault.at != CALL_NONE;
		inquiry->connected += !refused && plan->steps[i].verb == TRIAL_CONNECT;
		decided = refused && !(cell->table->goes_on && cell->table->answers(&result.fault));
	}
	trial_end(trial);
	return result.stopped;
}

const struct facts *ask_facts(void)
{
	static struct facts facts;
	static bool asked;

	if (asked)
		return &facts;
	asked = true;
	facts = *facts_here();
	/* tcp_twsk_unique: only where both ends had timestamps. */
	if (tunable_number("net.ipv4.tcp_timestamps", 1) == 0)
		facts.set &= ~(UINT64_C(1) << FACT_TAKE_OVER);
	/* tcp_time_wait: there is room for none. */
	if (tunable_number("net.ipv4.tcp_max_tw_buckets", 1) == 0)
		facts.set &= ~(UINT64_C(1) << FACT_TIME_WAIT);
	facts.queue = tunable_number("net.core.somaxconn", -1) + 1;
	facts.v6only = tunable_number("net.ipv6.bindv6only", 0) == 1;
	return &facts;
}

int inquiry_run(const struct cell *cell, struct inquiry *inquiry)
{
	struct script script = {0};
	struct cell_steps steps = {0};
	struct forecast forecasts[CELL_STEPS];
	char why[SCRIPT_WHY];
	int result = 0;

	cell->table->write(cell, &steps);
	for (size_t i = 0; i < steps.count && result == 0; i++)
		result = script_add(&script, steps.text[i], strlen(steps.text[i]), why);
	inquiry->kernel = inquiry->rule = (struct outcome){.count = script.count};
	inquiry->connected = 0;
	if (result == 0)
		result = forecast(ask_facts(), script.steps, script.count, geteuid(), forecasts);
	for (size_t i = 0; i < script.count && result == 0; i++)
		inquiry->rule.faults[i] = forecasts[i].fault;
	if (result < 0) { /* our own words are well-formed: what they lack is memory */
		*inquiry->fault = (struct fault){.at = CALL_SOCKET, .error = ENOMEM};
	} else if (!inquiry_late(inquiry)) {
		struct trial_plan plan = script_plan(&script, inquiry->stop);
		plan.connect_us = CONNECT_US;
		result = ask_cell(cell, &plan, inquiry);
	}
	script_clear(&script);
	return result;
}
