/* reuse rules: the rules of sharing on this kernel, measured. */
#include <inttypes.h>
#include <string.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/rules/fuzz.h"
#include "cmd/rules/measure.h"
#include "cmd/rules/saved.h"
#include "cmd/rules/view.h"
#include "os/tunable.h"
#include "tcp/port.h"
#include "words/report.h"
#include "words/start.h"

enum {
	MOST_US = 4000000,  /* the whole of it is to end within 5 s, also on a slow machine */
	SEEDS = 1000000000, /* that are chosen from where none is given */
	SEED_MOST = INT32_MAX,
};
#define NO_SEED UINT64_MAX

struct rules_opts {
	struct common common;
	const char *diff;          /* NULL: compare with the rule */
	uint64_t fuzz;             /* trials; 0: the tables */
	uint64_t seed;             /* NO_SEED: chosen */
	struct saved_trials saved; /* of `diff`, with `fuzz` */
};

static const struct opt opts[] = {
    {0, "diff", "FILE", offsetof(struct rules_opts, diff), opt_word, 0,
	"compare with the saved --json output of another system; -: from standard input"},
    {0, "fuzz", "N", offsetof(struct rules_opts, fuzz), opt_count, 0,
	"run N random trials and check each forecast; with --diff those of FILE"},
    {0, "seed", "S", offsetof(struct rules_opts, seed), opt_number, 0,
	"with --fuzz; the same S makes the same trials on every system"},
    {0},
};

static struct cell cells[CELLS];

/* Whether it is other than the rule says, or than the file does. */
static bool cell_differs(const struct rules_opts *o, const struct cell *cell)
{
	char text[CELL_TEXT];

	if (!o->diff)
		return !cell->agrees;
	if (!cell_answer_known(&cell->observed) || (*cell->there && !cell->there_known))
		return false;
	return strcmp(cell_answer_text(&cell->observed, text), cell->there) != 0;
}

/* Whether one is missing for want of time or of something else than a privilege. */
static bool is_incomplete(void)
{
	for (size_t i = 0; i < CELLS; i++)
		if (cells[i].observed.word == CELL_NEEDS_TIME ||
		    cells[i].observed.word == CELL_HINDERED)
			return true;
	return false;
}

/* Asks the kernel about every cell. Returns an enum status. */
static int measure(void)
{
	const int stop = start_stop(STATUS_INTERRUPTED);
	const int64_t until_us = clock_us() + MOST_US;
	struct fault fault;

	if (stop < 0)
		return STATUS_FAIL;
	for (size_t i = 0; i < CELLS; i++) {
		cells[i].observed = (struct cell_answer){.word = CELL_NEEDS_TIME};
		cells[i].agrees = true;
	}
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
	struct rules_opts *const o = into;

	if (count > 0)
		return command_unexpected(words[0]);
	if (o->seed != NO_SEED && o->fuzz == 0) {
		say("--seed: only with --fuzz");
		return STATUS_USAGE;
	}
	/* A trial is run again by its own seed. */
	if (o->fuzz > 0 && o->seed != NO_SEED && o->fuzz - 1 > SEED_MOST - o->seed) {
		say("--seed %" PRIu64 ": with --fuzz %" PRIu64 " the last one would be above %d",
		    o->seed, o->fuzz, SEED_MOST);
		return STATUS_USAGE;
	}
	if (o->fuzz > 0)
		return o->diff ? fuzz_check(&o->saved, o->diff) : STATUS_OK;
	cells_list(cells);
	return o->diff ? rules_saved_read(o->diff, cells) : STATUS_OK;
}

static int run_rules(int argc, char **argv)
{
	struct rules_opts o = {.seed = NO_SEED};
	unsigned low, high;
	int status;

	if (!start_command(&cmd_rules, &o.common, argc, argv, &status)) {
		fuzz_saved_close(&o.saved);
		return status;
	}
	if (tunable_port_range(&low, &high))
		port_avoid(low, high);
	if (o.fuzz > 0) {
		const struct fuzz fuzz = {.trials = o.fuzz,
		    .seed = o.seed == NO_SEED ? port_random(SEEDS) : o.seed & INT64_MAX,
		    .saved = o.diff ? &o.saved : NULL};
		status = fuzz_run(&fuzz);
		fuzz_saved_close(&o.saved);
		return out_end() < 0 ? STATUS_FAIL : status;
	}
	status = measure();
	struct rules_result result = {
	    .cells = cells, .file = o.diff, .interrupted = status == STATUS_INTERRUPTED};
	for (size_t i = 0; i < CELLS && status != STATUS_FAIL; i++) {
		cells[i].differs = cell_differs(&o, &cells[i]);
		result.differ += cells[i].differs;
		result.measured += cell_answer_known(&cells[i].observed);
	}
	if (status != STATUS_FAIL)
		rules_view(&result);
	if (out_end() < 0)
		return STATUS_FAIL;
	return status == STATUS_OK && (result.differ > 0 || is_incomplete()) ? STATUS_FAIL : status;
}

const struct command cmd_rules = {
    .name = "rules",
    .summary = "Measure this kernel's rules of sharing, and show them as tables",
    .search = "SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY, TIME_WAIT",
    .operands = "",
    .about =
	"Which addresses overlap; where they do, which options let a second socket bind the port;\n"
	"who may then listen and connect; how many connections ten ephemeral ports yield; and the\n"
	"wildcard beside a specific address. Each cell is measured by a trial on loopback (see\n"
	"'reuse help try') and compared with the documented rule of this system; one that differs\n"
	"is marked, and listed with the steps that show it. Nothing stays open.\n"
	"\n"
	"Whether two users may share is measured where the program may change its effective user\n"
	"ID. With --fuzz random trials are run instead, and each answer of the kernel compared with\n"
	"what the rule of its version forecasts; a difference is shrunk to the fewest steps. Status\n"
	"0: all cells or trials agree with the rule, or with the file, and everything that needs no\n"
	"privilege was measured; 1: otherwise.",
    .example = "reuse rules\n"
	       "reuse rules --json\n"
	       "reuse rules --fuzz 10k",
    .opts = opts,
    .run = run_rules,
    .read = rules_read,
    .notes =
	"To compare two systems, run 'reuse rules --json >linux.json' on one and 'reuse rules\n"
	"--diff linux.json' on the other. On Linux, where no ten ports in a row are free, the table\n"
	"of ephemeral ports is measured in a separate network namespace.\n"
	"\n"
	"--fuzz knows what Linux remembers about a port, which lets in sockets that the tables\n"
	"refuse. The trials are up to twenty steps of up to six sockets and two users; of each the\n"
	"first answer that differs is shown. --seed S makes those of the seeds S, S+1 and so on: to\n"
	"repeat one alone, give its seed and --fuzz 1. Where a connect may reach several listeners,\n"
	"chance decides, and nothing is forecast from there on. Trials that need a second user or\n"
	"IPv6 are skipped where there is none. With --diff FILE, saved by --fuzz N --json, the\n"
	"trials are those of FILE, and the answers are compared with its.\n"
	"\n"
	"With net.ipv4.ip_autobind_reuse=1 Linux gives an ephemeral port to more than one socket\n"
	"that has SO_REUSEADDR alone, at random: how many connections ten of them yield is then\n"
	"chance.",
};
