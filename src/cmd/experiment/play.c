#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/stop.h"
#include "cmd/experiment/apart.h"
#include "cmd/experiment/ask.h"
#include "cmd/experiment/cast.h"
#include "cmd/experiment/needs.h"
#include "cmd/experiment/play.h"
#include "os/holder.h"
#include "os/tunable.h"
#include "tcp/forecast.h"
#include "tcp/rule.h"
#include "tcp/trial.h"
#include "words/report.h"
#include "words/script.h"

/* A scene of acts, while it is played. */
struct acting {
	struct show *show;
	const struct scene *scene;
	struct script script;
	struct fault *forecast; /* of each step */
	struct trial *trial;
	unsigned ports[TRIAL_PORTS];
};

static bool over(const struct show *show)
{
	return show->broken || stop_wanted() || out_lost();
}

/* --- the stage -------------------------------------------------------------------------- */

static void tell(void *who, const struct deed *deed)
{
	view_deed(((struct acting *)who)->show, deed);
}

static void draw(void *who, const char *text)
{
	view_line(((struct acting *)who)->show, text);
}

static void skip(void *who, const char *reason)
{
	view_skip(((struct acting *)who)->show, reason);
}

/* Whether there are about as many TIME_WAITs as the system keeps. */
static int64_t timewait_full(void)
{
	struct holders holders = {0};
	char text[TUNABLE_TEXT];
	unsigned long long count = 0;

	if (tunable_read("net.ipv4.tcp_max_tw_buckets", text) < 0 || holders_read(&holders, 0) < 0)
		return -1;
	for (size_t i = 0; i < holders.count; i++)
		count += holders.list[i].state == HOLDER_TIME_WAIT;
	holders_free(&holders);
	/* Some may have gone since. */
	const unsigned long long most = strtoull(text, NULL, 10);
	return count >= most - most / 4;
}

static int64_t look_up(void *who, enum stage_fact fact, unsigned port)
{
	struct holders holders = {0};
	int64_t found = 0;

	(void)who;
	if (fact == STAGE_TIMEWAIT_FULL)
		return timewait_full();
	if (holders_read(&holders, port) < 0)
		return -1;
	for (size_t i = 0; i < holders.count; i++) {
		const struct holder *holder = &holders.list[i];
		if (fact == STAGE_TIMEWAIT_MS && holder->state == HOLDER_TIME_WAIT)
			found = holder->left_ms;
		else if (fact == STAGE_QUEUED && holder->state == HOLDER_LISTEN)
			found += holder->queued;
	}
	holders_free(&holders);
	return found;
}

static int socket_of(void *who, const char *name)
{
	const struct acting *acting = who;

	for (size_t i = 0; i < acting->script.name_count; i++)
		if (!strcmp(acting->script.names[i]->name, name))
			return trial_fd(acting->trial, (int)i);
	return -1;
}

/* --- acts ------------------------------------------------------------------------------- */

static bool read_steps(struct acting *acting)
{
	struct script *script = &acting->script;
	char why[SCRIPT_WHY];
	const struct act *acts = acting->scene->acts;

	for (size_t i = 0; i < EXPERIMENT_ACTS; i++)
		if (acts[i].step &&
		    script_add(script, acts[i].step, strlen(acts[i].step), why) < 0) {
			view_skip(acting->show, why); /* our own words: no memory */
			acting->show->broken = true;
			return false;
		}
	acting->forecast = calloc(script->count + 1, sizeof *acting->forecast);
	if (!acting->forecast ||
	    forecast(rule_here(), script->steps, script->count, geteuid(), acting->forecast) < 0) {
		report_call(acting->show->common, "malloc", errno);
		acting->show->broken = true;
		return false;
	}
	return true;
}

/* Does step i of the script. */
static void do_step(struct acting *acting, size_t i, const char *expected)
{
	const struct step *step = &acting->script.steps[i];
	const struct trial_result forecast = {.fault = acting->forecast[i]};
	const size_t size = script_text_size(&acting->script, i);
	char observed[TRIAL_TEXT], ruled[TRIAL_TEXT], *const text = malloc(size);
	struct trial_result result;

	if (!text) {
		report_call(acting->show->common, "malloc", errno);
		acting->show->broken = true;
		return;
	}
	trial_step(acting->trial, i, &result);
	if (!result.stopped) {
		const struct deed deed = {
		    .text = script_text(&acting->script, i, acting->ports, text, size),
		    .result = trial_text(step, &result, observed),
		    .expected = expected ? expected : trial_text(step, &forecast, ruled),
		    .as_expected = !strcmp(
			observed, expected ? expected : trial_text(step, &forecast, ruled))};
		view_deed(acting->show, &deed);
	}
	free(text);
}

static void play_acts(struct acting *acting)
{
	const struct trial_plan plan = script_plan(&acting->script, acting->show->stop);
	struct fault fault;
	size_t step = 0;

	acting->trial = trial_begin(&plan, &fault);
	if (!acting->trial) {
		report_fault(acting->show->common, &fault, NULL, NULL, 0);
		acting->show->broken = true;
		return;
	}
	for (int i = TRIAL_P; i < TRIAL_PORTS; i++)
		acting->ports[i] = trial_port(acting->trial, (enum trial_port)i);
	struct stage stage = {.who = acting,
	    .stop = acting->show->stop,
	    .ports = acting->ports,
	    .fd = socket_of,
	    .tell = tell,
	    .line = draw,
	    .skip = skip,
	    .fact = look_up};
	for (size_t i = 0; i < EXPERIMENT_ACTS && !over(acting->show) && !stage.over; i++) {
		const struct act *act = &acting->scene->acts[i];
		if (act->step)
			do_step(acting, step++, act->expected);
		else if (act->drive)
			act->drive(&stage);
	}
	trial_end(acting->trial);
}

static void play_trial(struct show *show, const struct scene *scene)
{
	struct acting acting = {.show = show, .scene = scene};

	if (read_steps(&acting))
		play_acts(&acting);
	script_clear(&acting.script);
	free(acting.forecast);
}

/* --- scenes ----------------------------------------------------------------------------- */

static void play_scene(struct show *show, const struct scene *scene)
{
	const char *reason = needs_missing(scene->needs);
	const bool asks = scene->question.text && show->asking && !reason;
	int answer = -1;

	view_scene(show, scene);
	if (reason) {
		view_skip(show, reason);
		return;
	}
	if (asks)
		answer = ask_question(show, &scene->question);
	if (over(show))
		return;
	if (scene->roles[0].name)
		cast_play(show, scene);
	else if (scene->needs & NEED_MIGRATION)
		apart_play(show, scene);
	else
		play_trial(show, scene);
	if (over(show) || show->scene_skipped)
		return;
	if (answer >= 0)
		ask_reveal(show, &scene->question, answer);
	if (!show->scene_differs)
		view_lesson(show, scene);
}

void play(struct show *show)
{
	const struct scene *scenes = show->experiment->scenes;

	needs_lan(show);
	view_experiment(show);
	for (size_t i = 0; i < EXPERIMENT_SCENES && scenes[i].title && !over(show); i++)
		play_scene(show, &scenes[i]);
	if (!over(show) || show->broken)
		view_outcome(show);
}
