#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rules/attempt.h"
#include "tcp/call.h"
#include "tcp/forecast.h"
#include "words/script.h"

enum {
	ATTEMPT_US = 300000, /* the longest wait for one that chance has made slow */
	ACCEPT_US = 10000,   /* what was connected stands in the queue already */
	CROWDED = 50,        /* how often a port is asked for where all are taken */
	CROWDED_MS = 100,
	OPEN_MOST = 7,   /* descriptors of a trial */
	PORTS_MOST = 12, /* ports of the kernel's choice, with those of its TIME_WAITs */
};

/* Whether one step of our own comes to that: 0 or an errno. */
static bool answer_is(const char *words, int error)
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
		ok = trial_run(&plan, &result, NULL, &fault) == 0 && result.fault.error == error;
	}
	script_clear(&script);
	return ok;
}

/* What there is too little of for the sockets of a trial; NULL. */
static const char *find_shortage(void)
{
	const union addr here = addr_loopback(AF_INET, 0);
	const char *shortage = NULL;
	int fds[PORTS_MOST], count = 0;

	while (count < PORTS_MOST && !shortage) {
		const int fd = fds[count] = call_socket_untold(AF_INET, SOCK_STREAM);
		if (fd < 0) {
			shortage = count < OPEN_MOST ? "more descriptors" : NULL;
			break;
		}
		count++;
		if (bind(fd, &here.any, addr_len(&here)) < 0 && errno == EADDRINUSE)
			shortage = "more ephemeral ports";
	}
	while (count > 0)
		close(fds[--count]);
	return shortage;
}

void attempts_begin(struct attempts *attempts, const struct facts *facts, int stop)
{
	*attempts = (struct attempts){.facts = facts,
	    .stop = stop,
	    .shortage = find_shortage(),
	    .no_loopback = !answer_is("a connect 127.0.0.1:P", ECONNREFUSED),
	    .one_user = !answer_is("a bind 127.0.0.1:P uid=65534", 0),
	    .no_v6 = !answer_is("a bind [::1]:P", 0),
	    .no_127 = !answer_is("a bind 127.0.0.2:P", 0)};
}

/* Why it cannot be run here; NULL. */
static const char *lacking(const struct attempts *attempts, const struct sequence *sequence)
{
	if (attempts->shortage)
		return attempts->shortage;
	if (attempts->no_loopback)
		return "the loopback interface, up";
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
	plan.connect_us = ATTEMPT_US;
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
	bool readable = true;
	int result = 0;

	*attempt = (struct attempt){.skipped = lacking(attempts, sequence)};
	if (saved && saved->count == 0)
		attempt->skipped = "what it was compared with";
	if (attempt->skipped)
		return 0;
	for (size_t i = 0; i < sequence->count && readable; i++)
		readable =
		    script_add(&script, sequence->steps[i], strlen(sequence->steps[i]), why) == 0;
	/* Our own words are well-formed, unless shrinking took a step away that another rests on. */
	if (!readable) {
		attempt->skipped = "more memory";
	} else if (forecast(attempts->facts, script.steps, script.count, geteuid(), forecasts) <
		   0) {
		errno = ENOMEM;
		result = fault_set(fault, CALL_SOCKET);
	} else {
		result = run_attempt(attempts, &script, forecasts, saved, attempt, fault);
	}
	script_clear(&script);
	return result;
}
