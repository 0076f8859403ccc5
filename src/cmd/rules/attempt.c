#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rules/attempt.h"
#include "tcp/forecast.h"
#include "words/script.h"

enum {
	CONNECT_US = 300000, /* the longest wait for one that chance has made slow */
	ACCEPT_US = 10000,   /* what was connected stands in the queue already */
	CROWDED = 50,        /* how often a port is asked for where all are taken */
	CROWDED_MS = 100,
};

/* Whether one bind step of our own is let in. */
static bool answer_is_ok(const char *words)
{
	struct sequence sequence = {.count = 1};
	struct script script = {0};
	struct trial_result result;
	struct fault fault;
	char why[SCRIPT_WHY];
	bool ok = false;

	snprintf(sequence.steps[0], GENERATE_TEXT, "%s", words);
	if (script_add(&script, sequence.steps[0], strlen(words), why) == 0) {
		const struct trial_plan plan = script_plan(&script, -1);
		ok = trial_run(&plan, &result, NULL, &fault) == 0 && result.fault.at == CALL_NONE;
	}
	script_clear(&script);
	return ok;
}

void attempts_begin(struct attempts *attempts, const struct facts *facts, int stop)
{
	*attempts = (struct attempts){.facts = facts,
	    .stop = stop,
	    .one_user = !answer_is_ok("a bind 127.0.0.1:P uid=65534"),
	    .no_v6 = !answer_is_ok("a bind [::1]:P"),
	    .no_127 = !answer_is_ok("a bind 127.0.0.2:P")};
}

/* Why it cannot be run here; NULL. */
static const char *lacking(const struct attempts *attempts, const struct sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++) {
		const char *step = sequence->steps[i];
		if (attempts->one_user && strstr(step, " uid="))
			return "a second user (needs CAP_SETUID)";
		if (attempts->no_v6 && strchr(step, '['))
			return "IPv6";
		if (attempts->no_127 && strstr(step, "127.0.0.2"))
			return "the address 127.0.0.2";
	}
	return NULL;
}

/* Runs the steps of the script to the first that differs. */
static int run_attempt(const struct attempts *attempts, const struct script *script,
    const struct forecast forecasts[], const struct attempt *saved, struct attempt *attempt,
    struct fault *fault)
{
	struct trial_plan plan = script_plan(script, attempts->stop);
	plan.connect_us = CONNECT_US;
	plan.accept_us = ACCEPT_US;
	struct trial *trial = trial_begin(&plan, fault);
	struct trial_result result = {0};

	for (int i = 0; !trial && fault->error == EADDRINUSE && i < CROWDED; i++) {
		struct pollfd wait = {.fd = attempts->stop, .events = POLLIN};
		if (poll(&wait, 1, CROWDED_MS) > 0)
			return 1;
		trial = trial_begin(&plan, fault);
	}
	if (!trial)
		return -1;
	for (size_t i = 0; i < script->count && !attempt->differs && !result.stopped; i++) {
		const struct trial_result as_forecast = {.fault = forecasts[i].fault};
		char *const here = attempt->results[i], *const there = attempt->forecasts[i];
		attempt->count = i + 1;
		*here = *there = 0;
		if (saved && i >= saved->count)
			break;
		if (forecasts[i].kind == FORECAST_SURE)
			trial_text(&script->steps[i], &as_forecast, there);
		if (forecasts[i].kind == FORECAST_SLOW)
			continue;
		trial_step(trial, i, &result);
		if (result.stopped)
			break;
		trial_text(&script->steps[i], &result, here);
		if (saved && *there) /* where chance decides here it did there */
			snprintf(there, ATTEMPT_WORD, "%s", saved->results[i]);
		attempt->answers += *there != 0;
		attempt->differs = *there && strcmp(here, there) != 0;
	}
	trial_end(trial);
	return result.stopped;
}

int attempt_run(const struct attempts *attempts, const struct sequence *sequence,
    const struct attempt *saved, struct attempt *attempt, struct fault *fault)
{
	struct forecast forecasts[GENERATE_STEPS];
	struct script script = {0};
	char why[SCRIPT_WHY];
	int result = 0;

	*attempt = (struct attempt){.skipped = lacking(attempts, sequence)};
	if (saved && saved->count == 0)
		attempt->skipped = "what it was compared with";
	if (attempt->skipped)
		return 0;
	for (size_t i = 0; i < sequence->count && result == 0; i++)
		result = script_add(&script, sequence->steps[i], strlen(sequence->steps[i]), why);
	if (result == 0)
		result =
		    forecast(attempts->facts, script.steps, script.count, geteuid(), forecasts);
	if (result == 0)
		result = run_attempt(attempts, &script, forecasts, saved, attempt, fault);
	else /* our own words are well-formed: what they lack is memory */
		*fault = (struct fault){.at = CALL_SOCKET, .error = ENOMEM};
	script_clear(&script);
	return result;
}

/* Tries the shorter sequence; takes it over where it differs too. Returns 1 where it did, else as
 * attempt_run. */
static int try_shorter(const struct attempts *attempts, const struct sequence *shorter,
    struct sequence *sequence, struct attempt *attempt, struct fault *fault)
{
	struct attempt tried;

	const int result = attempt_run(attempts, shorter, NULL, &tried, fault);
	if (result != 0)
		return -1;
	if (!tried.differs)
		return 0;
	*sequence = *shorter;
	sequence->count = tried.count;
	*attempt = tried;
	return 1;
}

static struct sequence without_step(const struct sequence *sequence, size_t i)
{
	struct sequence shorter = *sequence;

	memmove(shorter.steps + i, shorter.steps + i + 1,
	    (shorter.count - i - 1) * sizeof *shorter.steps);
	shorter.count--;
	return shorter;
}

/* Where the last word of a step begins, if it may be left out: an option, but not the only one of set and
 * clear, and not what decides which addresses `::` takes in. 0: there is none. */
static size_t spare_word(const char *step, size_t before)
{
	size_t at = before;

	while (at > 0 && step[at] != ' ')
		at--;
	const bool option = !strncmp(step + at, " reuse", 6) || !strncmp(step + at, " uid=", 5);
	return option && strncmp(step + 1, " set", 4) != 0 && strncmp(step + 1, " clear", 6) != 0
		   ? at
		   : 0;
}

/* Renames the sockets a, b, c ... in the order in which they come. */
static void rename_sockets(struct sequence *sequence)
{
	char names[256] = "", next = 'a';

	for (size_t i = 0; i < sequence->count; i++) {
		char *const step = sequence->steps[i];
		char *const listener = strstr(step, " accept ");
		char *places[] = {listener ? listener + strlen(" accept ") : step, step};
		for (size_t k = 0; k < 2; k++) {
			if (k == 1 && places[0] == places[1])
				break;
			char *const name = &names[(unsigned char)*places[k]];
			if (!*name)
				*name = next++;
			*places[k] = *name;
		}
	}
}

int attempt_shrink(const struct attempts *attempts, struct sequence *sequence,
    struct attempt *attempt, struct fault *fault)
{
	bool again = true;

	sequence->count = attempt->count;
	while (again) {
		again = false;
		for (size_t i = sequence->count; i-- > 0;) {
			if (i >= sequence->count)
				continue;
			const struct sequence shorter = without_step(sequence, i);
			const int taken = try_shorter(attempts, &shorter, sequence, attempt, fault);
			if (taken < 0)
				return -1;
			again |= taken > 0;
		}
		for (size_t i = 0; i < sequence->count; i++)
			for (size_t end = strlen(sequence->steps[i]); end > 0;) {
				const size_t at = spare_word(sequence->steps[i], end - 1);
				if (at == 0)
					break;
				struct sequence shorter = *sequence;
				memmove(shorter.steps[i] + at, shorter.steps[i] + end,
				    strlen(shorter.steps[i] + end) + 1);
				const int taken =
				    try_shorter(attempts, &shorter, sequence, attempt, fault);
				if (taken < 0)
					return -1;
				again |= taken > 0;
				end = at;
			}
	}
	rename_sockets(sequence);
	return 0;
}
