#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_read.h"
#include "cli/say.h"
#include "cmd/rules/fuzz_saved.h"
#include "cmd/rules/saved.h"
#include "words/report.h"
#include "words/script.h"

enum { NUMBER = 24 };

static int refuse_call(const char *call, const char *path)
{
	char text[SAY_QUOTE + 8], quoted[SAY_QUOTE];
	const int error = errno;

	snprintf(text, sizeof text, "%s %s", call, say_quote_into(quoted, path));
	report_call(text, error);
	return -1;
}

int fuzz_saved_open(struct saved_trials *saved, const char *path)
{
	*saved = (struct saved_trials){.path = path, .text = malloc(SAVED_LINE)};
	if (!saved->text)
		return refuse_call("read", path);
	saved->file = saved_open(path);
	if (!saved->file)
		return refuse_call("open", path);
	saved->start = ftell(saved->file);
	if (saved->start < 0 && !(saved->copy = tmpfile()))
		return refuse_call("copy", path);
	return 0;
}

int fuzz_saved_again(struct saved_trials *saved)
{
	if (saved->copy) {
		if (fflush(saved->copy) != 0 || ferror(saved->copy))
			return refuse_call("copy", saved->path);
		fclose(saved->file);
		saved->file = saved->copy;
		saved->copy = NULL;
		saved->start = 0;
	}
	if (fseek(saved->file, saved->start, SEEK_SET) < 0)
		return refuse_call("read", saved->path);
	saved->line = 0;
	return 0;
}

void fuzz_saved_close(struct saved_trials *saved)
{
	if (saved->file)
		fclose(saved->file);
	if (saved->copy)
		fclose(saved->copy);
	free(saved->text);
	*saved = (struct saved_trials){0};
}

static int refuse_line(const struct saved_trials *saved, const char *why)
{
	say("file %s, line %zu: %s", say_quote(saved->path), saved->line, why);
	return -1;
}

/* Whether `try` can read all of its steps. */
static bool is_readable(const struct sequence *sequence)
{
	struct script script = {.numeric = 1};
	char why[SCRIPT_WHY];
	bool readable = sequence->count > 0;

	for (size_t i = 0; i < sequence->count && readable; i++)
		readable =
		    script_add(&script, sequence->steps[i], strlen(sequence->steps[i]), why) == 0;
	script_clear(&script);
	return readable;
}

/* Returns 1 where the line is a trial, 0 where it is another event, -1 after a complaint. */
static int take_trial(
    const struct saved_trials *saved, const char *line, size_t len, struct saved_trial *trial)
{
	char event[16] = "", command[16] = "", seed[NUMBER];
	struct json_wanted wanted[] = {{.key = "event", .into = event, .size = sizeof event},
	    {.key = "command", .into = command, .size = sizeof command},
	    {.key = "seed", .into = seed, .size = sizeof seed, .number = true},
	    {.key = "steps",
		.into = trial->sequence.steps[0],
		.size = GENERATE_TEXT,
		.most = GENERATE_STEPS},
	    {.key = "results",
		.into = trial->answers.results[0],
		.size = ATTEMPT_WORD,
		.most = GENERATE_STEPS}};
	enum { STEPS = 3, RESULTS = 4 };

	if (json_read(line, len, wanted, sizeof wanted / sizeof *wanted) < 0)
		return refuse_line(saved, "not a JSON object of 'reuse rules --fuzz N --json'");
	if (!strcmp(event, "start") && *command && strcmp(command, "rules") != 0)
		return refuse_line(
		    saved, "the output of a command other than 'reuse rules --fuzz N --json'");
	if (strcmp(event, "trial") != 0)
		return 0;
	trial->seed = strtoull(seed, NULL, 10);
	trial->sequence.count = wanted[STEPS].count;
	trial->answers.count = wanted[RESULTS].count;
	if (!is_readable(&trial->sequence) || trial->answers.count > trial->sequence.count)
		return refuse_line(saved, "not a trial of 'reuse rules --fuzz N --json'");
	return 1;
}

int fuzz_saved_next(struct saved_trials *saved, struct saved_trial *trial)
{
	while (fgets(saved->text, SAVED_LINE, saved->file)) {
		const char *line = saved->text + saved_lead_in(saved->text, ++saved->line);
		if (saved->copy)
			fputs(saved->text, saved->copy);
		if (!*line)
			continue;
		*trial = (struct saved_trial){0};
		const int taken = take_trial(saved, line, strcspn(line, "\n"), trial);
		if (taken != 0)
			return taken;
	}
	return ferror(saved->file) ? refuse_call("read", saved->path) : 0;
}
