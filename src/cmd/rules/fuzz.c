#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/rules/ask.h"
#include "cmd/rules/attempt.h"
#include "cmd/rules/fuzz.h"
#include "words/report.h"
#include "words/start.h"

enum {
	KINDS = 100, /* of differences that are told apart */
	SHRINK_US =
	    5000000, /* to shrink them takes that long at most, and as long as the trials do */
};

/* One kind of difference. */
struct kind_of_difference {
	struct sequence sequence;
	struct attempt attempt;
	uint64_t times;
};

/* A run of many trials. */
struct campaign {
	struct attempts attempts;
	uint64_t trials, answers, differ, skipped, unshrunk;
	const char *lacks;                /* why the last one was skipped */
	struct kind_of_difference *kinds; /* KINDS of them */
	size_t kind_count;
	int64_t begun_us, shrunk_us;
};

static void show_word(const char *word)
{
	json_text(NULL, *word ? word : NULL);
}

static void show_trial(
    uint64_t seed, const struct sequence *sequence, const struct attempt *attempt)
{
	json_open("trial");
	json_number("seed", (int64_t)seed);
	json_list("steps");
	for (size_t i = 0; i < sequence->count; i++)
		json_text(NULL, sequence->steps[i]);
	json_close();
	json_list("results");
	for (size_t i = 0; i < attempt->count; i++)
		show_word(attempt->results[i]);
	json_close();
	json_list("forecast");
	for (size_t i = 0; i < attempt->count; i++)
		show_word(attempt->forecasts[i]);
	json_close();
	json_end();
}

static void show_difference(const struct kind_of_difference *kind, const char *wanted)
{
	const struct sequence *sequence = &kind->sequence;
	const struct attempt *attempt = &kind->attempt;
	const size_t last = attempt->count - 1;

	if (out_json()) {
		json_open("difference");
		json_list("steps");
		for (size_t i = 0; i < sequence->count; i++)
			json_text(NULL, sequence->steps[i]);
		json_close();
		json_text("observed", attempt->results[last]);
		json_text("forecast", attempt->forecasts[last]);
		json_number("times", (int64_t)kind->times);
		json_end();
		return;
	}
	out_start("reuse try");
	for (size_t i = 0; i < sequence->count; i++)
		out_start(" '%s'", sequence->steps[i]);
	out_line("%s", "");
	out_line("  the last step: %s, %s %s; met in %" PRIu64 " trial%s", attempt->results[last],
	    wanted, attempt->forecasts[last], kind->times, kind->times == 1 ? "" : "s");
}

/* One more of that kind. */
static void note_kind(
    struct campaign *campaign, const struct sequence *sequence, const struct attempt *attempt)
{
	for (size_t i = 0; i < campaign->kind_count; i++) {
		struct kind_of_difference *kind = &campaign->kinds[i];
		size_t same = 0;
		while (same < sequence->count && sequence->count == kind->sequence.count &&
		       !strcmp(sequence->steps[same], kind->sequence.steps[same]))
			same++;
		if (same == sequence->count &&
		    !strcmp(attempt->results[same - 1], kind->attempt.results[same - 1])) {
			kind->times++;
			return;
		}
	}
	campaign->kinds[campaign->kind_count++] =
	    (struct kind_of_difference){.sequence = *sequence, .attempt = *attempt, .times = 1};
}

/* Runs one trial, a second time where it differs: a stranger may have taken a port, and that does not
 * come again. Returns as attempt_run. */
static int run_one(struct campaign *campaign, uint64_t seed, const struct sequence *sequence,
    const struct attempt *saved, struct fault *fault)
{
	struct attempt attempt;

	int result = attempt_run(&campaign->attempts, sequence, saved, &attempt, fault);
	if (result == 0 && attempt.differs)
		result = attempt_run(&campaign->attempts, sequence, saved, &attempt, fault);
	if (result != 0)
		return result;
	campaign->trials++;
	campaign->answers += attempt.answers;
	if (attempt.skipped) {
		campaign->skipped++;
		campaign->lacks = attempt.skipped;
	}
	if (out_json())
		show_trial(seed, sequence, &attempt);
	if (!attempt.differs)
		return 0;
	campaign->differ++;
	struct sequence shorter = *sequence;
	shorter.count = attempt.count;
	const int64_t now_us = clock_us();
	const int64_t trials_us = now_us - campaign->begun_us - campaign->shrunk_us;
	if (campaign->kind_count == KINDS || campaign->shrunk_us > SHRINK_US + trials_us) {
		campaign->unshrunk++;
		return 0;
	}
	/* What two systems answer differently can only be asked here: it stays as long as it is. */
	result = saved ? 0 : shrink(&campaign->attempts, &shorter, &attempt, fault);
	campaign->shrunk_us += clock_us() - now_us;
	if (result == 0)
		note_kind(campaign, &shorter, &attempt);
	return result;
}

static int run_all(const struct fuzz *fuzz, struct campaign *campaign, struct fault *fault)
{
	struct sequence sequence;
	int result = 0;

	for (uint64_t i = 0; i < fuzz->trials && result == 0 && !stop_wanted() && !out_lost();
	     i++) {
		const double seconds = (double)(clock_us() - campaign->begun_us) / 1e6;
		const double rate = seconds > 0 ? (double)i / seconds : 0;
		out_busy("%" PRIu64 " of %" PRIu64 " trials, %.0f/s, %.0f s left, %" PRIu64
			 " differ",
		    i, fuzz->trials, rate, rate > 0 ? (double)(fuzz->trials - i) / rate : 0,
		    campaign->differ);
		generate(fuzz->seed + i, &sequence);
		result = run_one(campaign, fuzz->seed + i, &sequence, NULL, fault);
	}
	return result;
}

static int run_saved(const struct fuzz *fuzz, struct campaign *campaign, struct fault *fault)
{
	struct saved_trial trial;
	int result = 0;

	while (result == 0 && campaign->trials < fuzz->trials && !stop_wanted() && !out_lost() &&
	       fuzz_saved_next(fuzz->saved, &trial) > 0) {
		out_busy(
		    "%" PRIu64 " trials, %" PRIu64 " differ", campaign->trials, campaign->differ);
		result = run_one(campaign, trial.seed, &trial.sequence, &trial.answers, fault);
	}
	return result;
}

static void show_summary(const struct fuzz *fuzz, const struct campaign *campaign)
{
	const char *const wanted = fuzz->saved ? "there" : "forecast";

	for (size_t i = 0; i < campaign->kind_count; i++)
		show_difference(&campaign->kinds[i], wanted);
	if (out_json()) {
		json_open("summary");
		json_number("trials", (int64_t)campaign->trials);
		json_number("answers", (int64_t)campaign->answers);
		json_number("differ", (int64_t)campaign->differ);
		json_number("skipped", (int64_t)campaign->skipped);
		json_end();
		return;
	}
	if (campaign->unshrunk > 0)
		out_line("%" PRIu64 " more differ, not looked into", campaign->unshrunk);
	if (campaign->lacks)
		out_line("skipped: what needs %s", campaign->lacks);
	out_line("%" PRIu64 " trials, %" PRIu64 " answers, %" PRIu64 " differ, %" PRIu64 " skipped",
	    campaign->trials, campaign->answers, campaign->differ, campaign->skipped);
}

int fuzz_run(const struct fuzz *fuzz)
{
	struct campaign campaign = {.begun_us = clock_us()};
	struct utsname here = {0};
	struct fault fault;
	const int stop = start_stop(STATUS_INTERRUPTED);

	if (stop < 0)
		return STATUS_FAIL;
	campaign.kinds = calloc(KINDS, sizeof *campaign.kinds);
	if (!campaign.kinds) {
		report_call("malloc", errno);
		return STATUS_FAIL;
	}
	uname(&here);
	attempts_begin(&campaign.attempts, ask_facts(), stop);
	if (!out_json() && fuzz->saved)
		out_line("Trials of %s on %.12s %.25s", say_quote(fuzz->saved->path), here.sysname,
		    here.release);
	else if (!out_json())
		out_line("Random trials beside the rule of %s, on %.12s %.25s, --seed %" PRIu64,
		    rule_system_name(rule_here()), here.sysname, here.release, fuzz->seed);
	const int result =
	    fuzz->saved ? run_saved(fuzz, &campaign, &fault) : run_all(fuzz, &campaign, &fault);
	show_summary(fuzz, &campaign);
	free(campaign.kinds);
	if (stop_wanted())
		return STATUS_INTERRUPTED;
	if (result < 0)
		report_fault(&fault, NULL, NULL, 1);
	return result != 0 || campaign.differ > 0 ? STATUS_FAIL : STATUS_OK;
}

int fuzz_check(struct saved_trials *saved, const char *path)
{
	struct saved_trial trial;
	uint64_t count = 0;
	int taken;

	if (fuzz_saved_open(saved, path) < 0)
		return STATUS_FAIL;
	while ((taken = fuzz_saved_next(saved, &trial)) > 0)
		count++;
	if (taken < 0)
		return ferror(saved->file) ? STATUS_FAIL : STATUS_USAGE;
	if (count == 0) {
		say("file %s: no trials of 'reuse rules --fuzz N --json' in it", say_quote(path));
		return STATUS_USAGE;
	}
	return fuzz_saved_again(saved) < 0 ? STATUS_FAIL : STATUS_OK;
}
