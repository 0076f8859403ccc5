/* The tables of experiments: they can be run, and read in 80 columns. */
#include <stdlib.h>
#include <unistd.h>

#include "words/script.h"
#include "cli/command.h"
#include "cmd/experiment/lesson.h"
#include "tcp/forecast.h"
#include "tcp/rule.h"
#include "tests/lib/test.h"

enum { COLUMNS = 79, HEADLINE = 56 };

static void numbers_are_places_in_the_list(void)
{
	for (int i = 0; i < EXPERIMENTS; i++) {
		const struct experiment *e = experiments[i];
		CHECK(e->number == i + 1, "%s is %d at place %d", e->name, e->number, i + 1);
		for (int j = 0; j < i; j++)
			CHECK(strcmp(e->name, experiments[j]->name) != 0, "%s twice", e->name);
	}
}

static void lines_fit_a_terminal(void)
{
	for (int i = 0; i < EXPERIMENTS; i++) {
		const struct experiment *e = experiments[i];
		CHECK(strlen(e->headline) <= HEADLINE, "%s: %zu", e->headline, strlen(e->headline));
		CHECK(e->by_hand[0], "%s: nothing by hand", e->name);
		for (int j = 0; j < EXPERIMENT_LINES && e->by_hand[j]; j++)
			CHECK(2 + strlen(e->by_hand[j]) <= COLUMNS, "%s", e->by_hand[j]);
		for (int j = 0; j < EXPERIMENT_PARTS && e->parts[j].title; j++)
			CHECK(strlen(e->parts[j].title) <= COLUMNS, "%s", e->parts[j].title);
	}
}

static void sentences_end(void)
{
	for (int i = 0; i < EXPERIMENTS; i++) {
		const struct experiment *e = experiments[i];
		CHECK(e->remember[strlen(e->remember) - 1] == '.', "%s", e->remember);
		CHECK(e->about[strlen(e->about) - 1] == '.', "%s", e->about);
		CHECK(e->headline[strlen(e->headline) - 1] != '.', "%s", e->headline);
	}
}

static void questions_have_one_right_answer(void)
{
	for (int i = 0; i < EXPERIMENTS; i++) {
		bool any = false;
		for (int j = 0; j < EXPERIMENT_PARTS; j++) {
			const struct question *q = &experiments[i]->parts[j].question;
			int count = 0;
			if (!q->text)
				continue;
			any = true;
			while (count < EXPERIMENT_ANSWERS && q->answers[count])
				count++;
			CHECK(count >= 2 && q->right < count, "%s: %d of %d", q->text, q->right,
			    count);
		}
		CHECK(any, "%s asks nothing", experiments[i]->name);
	}
}

/* The first word behind "reuse" in a line to be typed. */
static void commands_to_type_exist(void)
{
	for (int i = 0; i < EXPERIMENTS; i++)
		for (int j = 0; j < EXPERIMENT_LINES && experiments[i]->by_hand[j]; j++) {
			const char *at = strstr(experiments[i]->by_hand[j], "reuse ");
			char word[32] = "";
			if (!at || at[-1] != ' ')
				continue;
			sscanf(at + strlen("reuse "), "%31[a-z]", word);
			CHECK(command_find(word), "%s", experiments[i]->by_hand[j]);
		}
}

static void roles_are_played_by_commands(void)
{
	for (int i = 0; i < EXPERIMENTS; i++)
		for (int j = 0; j < EXPERIMENT_PARTS; j++)
			for (int k = 0; k < EXPERIMENT_PROGRAMS; k++) {
				const struct program *program =
				    &experiments[i]->parts[j].programs[k];
				char word[32] = "";
				if (!program->name)
					continue;
				sscanf(program->command, "%31[a-z]", word);
				CHECK(command_find(word), "%s", program->command);
				CHECK(
				    program->server < k, "%s: %d", program->name, program->server);
				CHECK((program->server < 0) == !strcmp(word, "listen"), "%s",
				    program->name);
			}
}

/* Steps are well-formed, and their sockets are forecast without running them. */
static void steps_can_be_read_and_forecast(void)
{
	for (int i = 0; i < EXPERIMENTS; i++)
		for (int j = 0; j < EXPERIMENT_PARTS; j++) {
			const struct part *part = &experiments[i]->parts[j];
			struct script script = {0};
			struct forecast forecasts[EXPERIMENT_STEPS];
			char why[SCRIPT_WHY] = "";
			for (int k = 0; k < EXPERIMENT_STEPS; k++) {
				const char *step = part->steps[k].step;
				if (step)
					CHECK(script_add(&script, step, strlen(step), why) == 0,
					    "%s: %s", step, why);
				CHECK(!step || !part->steps[k].run, "%s", step);
			}
			CHECK(forecast(facts_here(), script.steps, script.count, getuid(),
				  forecasts) == 0,
			    "%s", part->title);
			script_clear(&script);
		}
}

/* In the order of the experiments. Each was seen on a kernel. */
static void what_is_told_as_right_is_what_kernels_do(void)
{
	static const char *const right[] = {"both succeed: the connections live side by side",
	    "two", "yes", "connect, with an error of its own", "yes", "no, for a minute",
	    "no, the old one needed it too", "yes", "one gets them all", "about 30 are reset",
	    "ok, it is connected to itself", "one connection, without any accept",
	    "no, beside a listener SO_REUSEADDR does not help", "no, that is the same connection",
	    "e, the exact address", "20", "three times and more", "the same", "3"};
	enum { QUESTIONS = sizeof right / sizeof *right };
	size_t n = 0;

	for (int i = 0; i < EXPERIMENTS; i++)
		for (int j = 0; j < EXPERIMENT_PARTS && experiments[i]->parts[j].title; j++) {
			const struct question *question = &experiments[i]->parts[j].question;
			if (!question->text)
				continue;
			if (n < QUESTIONS)
				CHECK_TEXT(question->answers[question->right], right[n]);
			n++;
		}
	CHECK(n == QUESTIONS, "%zu questions", n);
}

int main(void)
{
	TEST(numbers_are_places_in_the_list);
	TEST(lines_fit_a_terminal);
	TEST(sentences_end);
	TEST(questions_have_one_right_answer);
	TEST(what_is_told_as_right_is_what_kernels_do);
	TEST(commands_to_type_exist);
	TEST(roles_are_played_by_commands);
	TEST(steps_can_be_read_and_forecast);
	return test_failures != 0;
}
