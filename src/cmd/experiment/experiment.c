/* reuse experiment: what a reader did in three terminals, in one command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/spelling.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/ask.h"
#include "cmd/experiment/needs.h"
#include "cmd/experiment/part.h"
#include "os/process.h"
#include "os/tunable.h"
#include "tcp/port.h"
#include "words/start.h"

struct experiment_opts {
	struct common common;
	int ask;
	int count; /* of words */
	char **words;
};

static const struct opt opts[] = {
    {0, "ask", NULL, offsetof(struct experiment_opts, ask), NULL, 1,
	"predict first, and keep score (on a terminal)"},
    {0},
};

/* What came of all that were run. */
struct tally {
	unsigned expected, differs, skipped, asked, right;
	int64_t took_us;
};

/* A name or a number, or NULL. */
static const struct experiment *find_experiment(const char *word)
{
	char number[8];

	for (int i = 0; i < EXPERIMENTS; i++) {
		snprintf(number, sizeof number, "%d", experiments[i]->number);
		if (!strcmp(word, experiments[i]->name) || !strcmp(word, number))
			return experiments[i];
	}
	return NULL;
}

static void say_unknown(const char *word)
{
	struct spelling meant = {.word = word};

	for (int i = 0; i < EXPERIMENTS; i++)
		spelling_add(&meant, experiments[i]->name);
	spelling_add(&meant, "all");
	say("unknown experiment %s%s", say_quote(word), spelling_text(&meant));
}

/* Whether all words name experiments; complains of the first that does not. */
static bool experiments_known(int count, char **words)
{
	for (int i = 0; i < count; i++) {
		if (!strcmp(words[i], "all") || find_experiment(words[i]))
			continue;
		if (*words[i] && !words[i][strspn(words[i], "0123456789")])
			say("experiment %s: not a number from 1 to %d", say_quote(words[i]),
			    EXPERIMENTS);
		else
			say_unknown(words[i]);
		return false;
	}
	return true;
}

static void list_experiments(void)
{
	struct show show = {0};

	for (int i = 0; i < EXPERIMENTS; i++) {
		show.experiment = experiments[i];
		view_entry(&show);
	}
	if (out_json() || out_quiet())
		return;
	out_line("%s", "");
	view_text(
	    "", "'reuse experiment 1' runs the first, 'all' runs all; --ask lets you predict.");
}

/* Runs one; returns whether there is to be another. */
static bool run_experiment(
    struct experiment_opts *o, int stop, const struct experiment *experiment, struct tally *tally)
{
	struct show show = {.experiment = experiment, .stop = stop, .asking = o->ask};

	const struct part *const parts = experiment->parts;

	needs_lan(&show);
	view_experiment(&show);
	for (size_t i = 0; i < EXPERIMENT_PARTS && parts[i].title && !show.outcome.broken; i++)
		if (needs_this_version(&parts[i]) && !stop_wanted() && !out_lost())
			part_run(&show, &parts[i]);
	if (show.outcome.broken || (!stop_wanted() && !out_lost()))
		view_outcome(&show);
	o->ask = show.asking;
	tally->asked += show.asked;
	tally->right += show.right;
	if (stop_wanted() || out_lost())
		return false;
	const char *word = view_word(&show);
	tally->expected += !strcmp(word, "expected");
	tally->differs += !strcmp(word, "differs");
	tally->skipped += !strcmp(word, "skipped");
	return true;
}

static void show_tally(const struct tally *tally)
{
	const unsigned count = tally->expected + tally->differs + tally->skipped;

	if (out_json()) {
		json_open("summary");
		json_number("expected", tally->expected);
		json_number("differs", tally->differs);
		json_number("skipped", tally->skipped);
		json_end();
		return;
	}
	const bool several = count > 1 || stop_wanted();
	if ((tally->asked > 0 || several) && !out_quiet())
		out_line("%s", "");
	if (tally->asked > 0)
		out_line("Score: %u of %u predicted.", tally->right, tally->asked);
	if (!several)
		return;
	out_line("--- %u experiment%s ---", count, count == 1 ? "" : "s");
	out_line("%u as expected, %u %s, %u skipped, %.1f s", tally->expected, tally->differs,
	    tally->differs == 1 ? "differs" : "differ", tally->skipped,
	    (double)tally->took_us / 1e6);
}

/* Runs those that the words name, in their order. Returns an enum status. */
static int run_experiments(struct experiment_opts *o)
{
	struct tally tally = {0};
	const int64_t began_us = clock_us();
	const int stop = start_stop(STATUS_INTERRUPTED);
	bool goes_on = true, first = true;
	unsigned low, high;

	if (stop < 0)
		return STATUS_FAIL;
	if (tunable_port_range(&low, &high))
		port_avoid(low, high);
	descriptors_raise();
	for (int i = 0; i < o->count && goes_on; i++) {
		const struct experiment *const one = find_experiment(o->words[i]); /* NULL: all */
		const int from = one ? one->number - 1 : 0;
		const int to = one ? one->number : EXPERIMENTS;
		for (int n = from; n < to && goes_on; n++) {
			if (!first && !out_json() && !out_quiet()) {
				out_line("%s", "");
				out_line("%s", "");
			}
			first = false;
			goes_on = run_experiment(o, stop, experiments[n], &tally);
		}
	}
	tally.took_us = clock_us() - began_us;
	if (stop_wanted())
		out_after_interrupt(stop_wanted());
	show_tally(&tally);
	if (out_end() < 0)
		return STATUS_FAIL;
	if (stop_wanted())
		return STATUS_INTERRUPTED;
	return tally.differs > 0 ? STATUS_FAIL : STATUS_OK;
}

static int experiment_read(void *into, int count, char **words)
{
	struct experiment_opts *const o = into;

	if (!experiments_known(count, words))
		return STATUS_USAGE;
	o->count = count;
	o->words = words;
	if (o->ask && (out_json() || !ask_possible())) {
		say("--ask: not a terminal, so nothing is asked");
		o->ask = 0;
	}
	return STATUS_OK;
}

static int experiment_main(int argc, char **argv)
{
	struct experiment_opts o = {0};
	int status;

	if (!start_command(&cmd_experiment, &o.common, argc, argv, &status))
		return status;
	if (o.count > 0)
		return run_experiments(&o);
	list_experiments();
	return out_end() < 0 ? STATUS_FAIL : STATUS_OK;
}

/* Any of them, as often as one likes. */
static const char *experiment_word(size_t operand, size_t i)
{
	(void)operand;
	return i < EXPERIMENTS ? experiments[i]->name : NULL;
}

const struct command cmd_experiment = {
    .name = "experiment",
    .summary = "Run an experiment step by step, and show what it teaches",
    .search = "SO_REUSEADDR, SO_REUSEPORT, TIME_WAIT",
    .operands = "[NAME|NUMBER...|all]",
    .about =
	"Without operands lists the experiments. Each one explains what it is about, shows the\n"
	"commands to do it by hand, performs each step, and compares this kernel's answers with\n"
	"what was expected. The first three are those of the original demo, run with the echo\n"
	"server and the heartbeat client.\n"
	"\n"
	"Everything happens on this machine, on free ports, and nothing is left running. What this\n"
	"system or user cannot do is skipped, with the reason. Status 0: all as expected; 1: at\n"
	"least one differs.",
    .example = "reuse experiment\n"
	       "reuse experiment 1\n"
	       "reuse experiment time-wait --ask\n"
	       "reuse experiment all -q",
    .opts = opts,
    .run = experiment_main,
    .read = experiment_read,
    .word = experiment_word,
};
