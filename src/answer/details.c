/* The processes behind the sockets, with unit and container, and the queues of listeners. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer/report.h"
#include "answer/sentences.h"
#include "cli/out.h"
#include "cli/text.h"
#include "words/who.h"

enum { PROCESSES = 6, LINE = 4096 };

static const char *engine_name(const struct placement *place)
{
	static const char *const names[] = {[CONTAINER_DOCKER] = "docker",
	    [CONTAINER_PODMAN] = "podman",
	    [CONTAINER_CONTAINERD] = "containerd",
	    [CONTAINER_CRIO] = "cri-o",
	    [CONTAINER_LXC] = "lxc",
	    [CONTAINER_NSPAWN] = "nspawn"};

	return place->engine < sizeof names / sizeof *names && names[place->engine]
		   ? names[place->engine]
		   : "";
}

static void add_place(const struct placement *place, char *text, size_t size)
{
	const char *engine = engine_name(place);

	if (*place->unit && !place->session)
		text_add(text, size, ", unit %s%s", place->unit,
		    place->user_manager ? " (of a user's manager)" : "");
	if (*place->container)
		text_add(text, size, ", container %s%s%.12s%s", place->name,
		    *place->name ? " (" : "", place->container, *place->name ? ")" : "");
	if (*place->container && *engine)
		text_add(text, size, " of %s", engine);
}

static void add_since(int64_t started, char *text, size_t size)
{
	const time_t then = (time_t)started;
	struct tm local;
	char when[32];

	if (started <= 0 || !localtime_r(&then, &local))
		return;
	strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
	text_add(text, size, ", since %s", when);
}

static const char *state_text(const struct process *process)
{
	if (process->frozen)
		return ", frozen by its control group";
	switch (process->state) {
	case 'T':
		return ", stopped (ctrl-z)";
	case 't':
		return ", stopped by a debugger";
	case 'Z':
		return ", a zombie";
	case 'D':
		return ", in uninterruptible sleep";
	}
	return "";
}

/* On a terminal one line at most, cut with "…" in its command line; elsewhere whole. */
static void show_process(const struct holders *holders, const struct holder *holder, size_t p)
{
	const struct process *process = holder_process(holders, holder, p);
	char head[WHO_TEXT], tail[700] = "", command[LINE] = "";

	who_process(process, head);
	if (process->command)
		text_escape(command, sizeof command, process->command, strlen(process->command));
	add_since(process->started, tail, sizeof tail);
	add_place(holder_place(holders, holder, p), tail, sizeof tail);
	text_add(tail, sizeof tail, "%s", state_text(process));
	if (*process->forwards_to)
		text_add(tail, sizeof tail, ", forwards to %s", process->forwards_to);
	const int room = out_width() - 1 - (int)strlen(head) - 2 - (int)strlen(tail);
	const int most = room > 12 ? room : 12;
	if (out_terminal() && (int)strlen(command) > most) {
		size_t cut = (size_t)most - 1;
		while (cut > 0 && ((unsigned char)command[cut] & 0xc0) == 0x80)
			cut--;
		snprintf(command + cut, sizeof command - cut, "…");
	}
	out_line("%s: %s%s", head, *command ? command : "(no command line)", tail);
}

/* Whether an earlier socket has that process too. */
static bool told(const struct holders *holders, const size_t index[], size_t i, size_t p)
{
	const struct process *process = holder_process(holders, &holders->list[index[i]], p);

	for (size_t j = 0; j <= i; j++) {
		const struct holder *holder = &holders->list[index[j]];
		for (size_t q = 0; q < holder->owner_count && (j < i || q < p); q++)
			if (holder_process(holders, holder, q) == process)
				return true;
	}
	return false;
}

/* Where a socket was made whose process may not be seen: once of several. */
static void show_maker(const struct holders *holders, const size_t index[], size_t i)
{
	const struct holder *holder = &holders->list[index[i]];
	char text[700] = "";

	for (size_t j = 0; j < i; j++)
		if (holders->list[index[j]].owner_count == 0 &&
		    holders->list[index[j]].place == holder->place)
			return;
	add_place(holders_placement(holders, holder->place), text, sizeof text);
	if (*text)
		out_line("made in%s", text + 1);
}

static bool is_idle(const struct holder *holder)
{
	return holder->queued == 0 && holder->drops <= 0;
}

/* `several`: there are others, so that it is said whose it is. */
static void show_queue(const struct holders *holders, const struct holder *holder, bool several)
{
	char local[ADDR_TEXT + 4 * IF_NAMESIZE] = "", drops[48] = "", who[WHO_TEXT] = "";
	char limit[32] = "not told";

	sentences_local(holder, local, sizeof local);
	if (several && holder->owner_count > 0)
		who_text(holders, holder, who);
	/* What is deferred counts as dropped too: only of options that were read it is known that nothing is. */
	if (holder->drops >= 0)
		snprintf(drops, sizeof drops, ", %s%lld dropped",
		    holder->drops > 0 && holder->reuseaddr < 0 ? "at most " : "",
		    (long long)holder->drops);
	if (holder->queue_limit != LIMIT_UNKNOWN)
		snprintf(limit, sizeof limit, "%u", holder->queue_limit);
	out_line("accept queue of %s%s%s%s: %u waiting, limit %s%s", local, *who ? " (" : "", who,
	    *who ? ")" : "", holder->queued, limit, drops);
}

void report_details(
    const struct holders *holders, const size_t index[], size_t count, unsigned tight)
{
	static const size_t some[REPORT_TIGHTEST + 1] = {4, 4, 4, 1};
	const size_t most = out_verbose() ? count : some[tight];
	size_t processes = 0, queues = 0, listeners = 0;

	/* Thousands of sockets are few processes: those told stand among the first. */
	for (size_t i = 0; i < count && processes < PROCESSES && i < 4096; i++) {
		const struct holder *holder = &holders->list[index[i]];
		for (size_t p = 0; p < holder->owner_count && processes < PROCESSES; p++)
			if (!told(holders, index, i, p)) {
				show_process(holders, holder, p);
				processes++;
			}
		if (holder->owner_count == 0 && holder->place && i < PROCESSES)
			show_maker(holders, index, i);
	}
	for (size_t i = 0; i < count; i++)
		listeners += holders->list[index[i]].state == HOLDER_LISTEN;
	/* Of very many those that matter: where somebody waits, or was turned away. */
	for (int idle = 0; idle < 2; idle++)
		for (size_t i = 0; i < count && queues < most; i++) {
			const struct holder *holder = &holders->list[index[i]];
			if (holder->state != HOLDER_LISTEN || is_idle(holder) != (idle == 1))
				continue;
			show_queue(holders, holder, listeners > 1);
			queues++;
		}
	if (listeners > queues)
		out_line("and %zu more accept queue%s", listeners - queues,
		    listeners - queues > 1 ? "s" : "");
}
