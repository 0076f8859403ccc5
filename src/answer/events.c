/* A diagnosis as JSON events. */
#include <stdio.h>

#include "answer/events.h"
#include "answer/sentences.h"
#include "cli/json.h"
#include "tcp/errname.h"
#include "words/who.h"

static void text_or_null(const char *key, const char *text)
{
	json_text(key, *text ? text : NULL);
}

/* Below 0: null. */
static void set_of(const char *key, int set)
{
	const char *names[3];

	if (set < 0) {
		json_null(key);
		return;
	}
	const size_t n = probe_options((unsigned)set, names);
	json_list(key);
	for (size_t i = 0; i < n; i++)
		json_text(NULL, names[i]);
	json_close();
}

static void place_members(const struct placement *place)
{
	text_or_null("unit", place->unit);
	text_or_null("container", place->container);
}

static void process_object(const struct holders *holders, const struct holder *holder, size_t p)
{
	const struct process *process = holder_process(holders, holder, p);
	const char state[2] = {process->state};

	json_object(NULL);
	json_number("pid", process->pid);
	json_text("program", process->program);
	json_text("command", process->command);
	json_known("started", process->started);
	place_members(holder_place(holders, holder, p));
	text_or_null("state", state);
	json_close();
}

/* Of one whose process may be seen the unit is that process's; else the control group tells. */
static const struct placement *event_place(
    const struct holders *holders, const struct holder *holder)
{
	const struct placement *made = holders_placement(holders, holder->place);

	return holder->place || holder->owner_count == 0 ? made : holder_place(holders, holder, 0);
}

void report_holder(
    const struct holders *holders, const struct holder *holder, const char *note, int in_the_way)
{
	const char *names[4];
	char text[ADDR_TEXT], device[IF_NAMESIZE];
	const bool listens = holder->state == HOLDER_LISTEN;

	json_text("protocol", holder->udp ? "udp" : "tcp");
	json_text("state", holder_state_name(holder->state));
	json_text("local", addr_print(&holder->local, text));
	json_text("peer",
	    holder->peer.any.sa_family == AF_UNSPEC ? NULL : addr_print(&holder->peer, text));
	json_bool("in_the_way", in_the_way);
	json_known("uid", holder->uid);
	json_text("user", holder->uid >= 0 ? who_user(holder->uid) : NULL);
	if (holder->reuseaddr < 0) {
		json_null("options");
	} else {
		const size_t n = report_options(holder, names);
		json_list("options");
		for (size_t o = 0; o < n; o++)
			json_text(NULL, names[o]);
		json_close();
	}
	json_text(
	    "device", holder->device && if_indextoname(holder->device, device) ? device : NULL);
	if (holder->left_ms >= 0)
		json_decimal("seconds_left", (double)holder->left_ms / 1000);
	else
		json_null("seconds_left");
	json_known("queue", listens ? (int64_t)holder->queued : -1);
	json_known("queue_limit",
	    listens && holder->queue_limit != LIMIT_UNKNOWN ? (int64_t)holder->queue_limit : -1);
	json_known("drops", listens ? holder->drops : -1);
	if (holder->network && holders->networks) {
		const struct network *network = &holders->networks[holder->network];
		char id[32];
		snprintf(id, sizeof id, "net:[%llu]", (unsigned long long)network->id);
		json_text("namespace", *network->name ? network->name : id);
	} else {
		json_null("namespace");
	}
	text_or_null("note", note);
	place_members(event_place(holders, holder));
	json_list("pids");
	for (size_t p = 0; p < holder->owner_count; p++)
		process_object(holders, holder, p);
	json_close();
}

/* Whether it is free without options once all is stopped, and has gone by. */
static bool may_stop(const struct diagnosis *diagnosis)
{
	return diagnosis->cures.stop_helps && !diagnosis->cures.stop_unsure &&
	       !diagnosis->cures.unnamed && diagnosis->reason_count == 0;
}

static void stop_objects(const struct diagnosis *diagnosis)
{
	const struct cures *cures = &diagnosis->cures;
	static const struct placement nowhere;

	json_list("stop");
	for (size_t i = 0; i < cures->stop_count && may_stop(diagnosis); i++) {
		const struct stop *stop = &cures->stops[i];
		json_object(NULL);
		json_known("pid", stop->process ? stop->process->pid : -1);
		json_text("program", stop->process ? stop->process->program : NULL);
		place_members(stop->place ? stop->place : &nowhere);
		json_text("command", stop->command);
		json_close();
	}
	json_close();
}

void event_answer(const struct diagnosis *diagnosis)
{
	const struct cures *cures = &diagnosis->cures;
	char text[ADDR_TEXT];

	json_open("answer");
	json_text("protocol", diagnosis->newcomer.udp ? "udp" : "tcp");
	json_text("local", addr_print(&diagnosis->newcomer.local, text));
	json_bool("free", diagnosis->free);
	json_text("refused",
	    diagnosis->refused.at == CALL_NONE ? NULL : errname(diagnosis->refused.error));
	set_of("options", cures->set);
	json_text("as", cures->as >= 0 ? who_user(cures->as) : NULL);
	set_of("as_options", cures->as >= 0 ? (int)cures->as_set : -1);
	stop_objects(diagnosis);
	json_known("wait_s", cures->wait_ms > 0 && may_stop(diagnosis)
				 ? sentences_seconds(cures->wait_ms + cures->late_ms)
				 : -1);
	json_end();
}

void event_probes(const struct diagnosis *diagnosis)
{
	char text[ADDR_TEXT];

	for (int set = 0; set < (int)diagnosis->test.sets; set++) {
		const struct outcome *outcome = &diagnosis->test.outcomes[set];
		json_open("probe");
		json_text("local", addr_print(&diagnosis->newcomer.local, text));
		set_of("options", set);
		json_text("result", outcome->basis == BASIS_UNKNOWN ? NULL
				    : outcome->fault.at == CALL_NONE
					? "ok"
					: errname(outcome->fault.error));
		json_text("basis", outcome->basis == BASIS_TRIED ? "tried" : "derived");
		json_end();
	}
}

void event_sentence(const char *event, const struct sentence *sentence)
{
	json_open(event);
	json_text("text", sentence->text);
	json_text("basis", sentence->inferred ? "inferred" : "observed");
	json_end();
}
