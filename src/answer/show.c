#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/events.h"
#include "answer/report.h"
#include "answer/sentences.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "cli/wrap.h"

enum { SCREEN = 24 }; /* lines of a report on one process, unless all is asked for */

/* Which of the sockets are in the way of an address asked, as indices, then the others. */
struct order {
	size_t *list;
	size_t in_the_way, count;
};

static struct order order_of(const struct report *report)
{
	const struct holders *holders = &report->findings->holders;
	struct order order = {.list = malloc((holders->count + 1) * sizeof *order.list)};

	if (!order.list)
		return order;
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < holders->count; i++)
			if (diagnosis_blocks(report->diagnoses, report->count, &holders->list[i]) ==
			    !others) {
				order.list[order.count++] = i;
				order.in_the_way += !others;
			}
	return order;
}

void report_line(const char *text)
{
	if (out_terminal())
		wrap_text(text, strlen(text), 2);
	else
		out_line("%s", text);
}

static void report_text(const char *text, int indent)
{
	wrap_text(text, strlen(text), indent);
}

void report_rest(const char *begun, const char *text)
{
	wrap_words((int)strlen(begun), text, strlen(text), 2);
	out_line("%s", "");
}

/* Whether one line says all: of a port alone both addresses have one answer. */
static bool is_one(const struct report *report)
{
	const struct diagnosis *a = &report->diagnoses[0], *b = &report->diagnoses[1];

	return report->count == 1 || (a->free == b->free && a->refused.at == b->refused.at &&
					 a->refused.error == b->refused.error);
}

/* "TCP port 8080", "TCP 127.0.0.1:8080". */
static const char *report_name(const struct report *report, size_t i, char text[ADDR_TEXT + 16])
{
	const struct newcomer *newcomer = &report->diagnoses[i].newcomer;
	char local[ADDR_TEXT];

	if (report->port_alone && is_one(report))
		snprintf(text, ADDR_TEXT + 16, "%s port %u", newcomer->udp ? "UDP" : "TCP",
		    addr_port(&newcomer->local));
	else
		snprintf(text, ADDR_TEXT + 16, "%s %s", newcomer->udp ? "UDP" : "TCP",
		    addr_print(&newcomer->local, local));
	return text;
}

/* How many sockets are in the way of what an answer speaks of: of `diagnosis`, of both addresses where it is one. */
static size_t count_in_the_way(const struct report *report, const struct diagnosis *diagnosis)
{
	const struct holders *holders = &report->findings->holders;
	size_t count = 0;

	if (report->count == 1 || !is_one(report))
		return diagnosis->in_the_way;
	for (size_t i = 0; i < holders->count; i++)
		count += diagnosis_blocks(report->diagnoses, report->count, &holders->list[i]);
	return count;
}

/* One line for both is of the first in whose way a socket is seen. */
static void show_answers(const struct report *report)
{
	const bool one = is_one(report);
	const size_t first = one && report->count > 1 && !report->diagnoses[0].in_the_way &&
			     report->diagnoses[1].in_the_way;
	struct sentence sentence = {0};
	char name[ADDR_TEXT + 16];

	for (size_t i = first; i < (one ? first + 1 : report->count); i++) {
		const struct diagnosis *diagnosis = &report->diagnoses[i];
		sentences_answer(diagnosis, count_in_the_way(report, diagnosis),
		    report_name(report, i, name), &sentence);
		if (out_json()) {
			event_sentence("verdict", &sentence);
			continue;
		}
		out_start("%s", out_paint(OUT_BOLD));
		report_text(sentence.text, 0);
		out_start("%s", out_paint(OUT_PLAIN));
	}
}

static bool has(const struct sentences *sentences, const struct sentence *sentence)
{
	for (size_t i = 0; i < sentences->count; i++)
		if (!strcmp(sentences->list[i].text, sentence->text))
			return true;
	return false;
}

static void show_cure(const struct sentence *sentence)
{
	if (out_json()) {
		event_sentence("verdict", sentence);
		return;
	}
	out_start("- ");
	report_text(sentence->text, 2);
}

/* Whether all that is in the way of the first address is in the way of the second: to wait for, to stop and to
 * end what is in the way of the second lets the caller have both. */
static bool is_wider(const struct report *report)
{
	const struct holders *holders = &report->findings->holders;

	if (report->count < 2 || !is_one(report))
		return false;
	for (size_t i = 0; i < holders->count; i++)
		if (conflict_blocks(&report->diagnoses[0].newcomer, &holders->list[i]) &&
		    !conflict_blocks(&report->diagnoses[1].newcomer, &holders->list[i]))
			return false;
	return true;
}

static bool has_kind(const struct sentences *sentences, unsigned kind)
{
	for (size_t i = 0; i < sentences->count; i++)
		if (sentences->list[i].kind == kind)
			return true;
	return false;
}

/* Whether the options of an address are those of the first, which were told. */
static bool is_option_told(const struct cures *own, const struct cures *first, unsigned kind)
{
	return own != first && kind == SENTENCE_OPTION && own->set == first->set;
}

/* Whether of two addresses each needs an option or a user of its own. */
static bool is_parted(const struct report *report)
{
	const struct cures *one = &report->diagnoses[0].cures, *other = &report->diagnoses[1].cures;

	return report->count > 1 &&
	       (one->set != other->set || one->as != other->as || one->as_set != other->as_set);
}

/* Kind by kind; what is said of both addresses is said once. */
static void show_cures(const struct report *report)
{
	static struct sentences cures[REPORT_ADDRESSES]; /* large */
	const bool wider = is_wider(report), parted = is_parted(report);

	for (size_t i = 0; i < report->count; i++)
		sentences_cures(&report->diagnoses[i], parted, &cures[i]);
	for (unsigned kind = 0; kind < SENTENCE_KINDS; kind++) {
		const bool removes = kind == SENTENCE_WAIT || kind == SENTENCE_STOP ||
				     kind == SENTENCE_KILL || kind == SENTENCE_BOTH;
		const size_t first = wider && removes && has_kind(&cures[1], kind) ? 1 : 0;
		for (size_t i = first; i < report->count; i++)
			for (size_t j = 0; j < cures[i].count; j++)
				if (cures[i].list[j].kind == kind &&
				    !is_option_told(&report->diagnoses[i].cures,
					&report->diagnoses[0].cures, kind) &&
				    !(i > first && has(&cures[first], &cures[i].list[j])))
					show_cure(&cures[i].list[j]);
	}
}

static void show_unseen(const struct report *report)
{
	static struct sentences unseen; /* large */
	char again[ADDR_TEXT + 64];

	if (report->diagnoses[0].newcomer.local.any.sa_family == AF_UNSPEC)
		return;
	snprintf(again, sizeof again, "reuse why %s", report->asked);
	sentences_unseen(report->diagnoses, report->count, out_verbose(), again, &unseen);
	for (size_t i = 0; i < unseen.count; i++) {
		if (out_json()) {
			event_sentence("unseen", &unseen.list[i]);
			continue;
		}
		out_start("%sunseen:%s ", out_paint(OUT_DIM), out_paint(OUT_PLAIN));
		report_rest("unseen: ", unseen.list[i].text);
	}
}

static void show_events(const struct report *report, const struct order *order)
{
	const struct holders *here = &report->findings->holders,
			     *there = &report->findings->elsewhere;
	char note[96];

	for (size_t i = 0; i < report->count; i++)
		event_answer(&report->diagnoses[i]);
	for (size_t i = 0; i < order->count && !out_lost() && !stop_wanted(); i++) {
		const struct holder *holder = &here->list[order->list[i]];
		json_open("holder");
		report_holder(here, holder,
		    report_note(holder, report->findings->roles[order->list[i]], note),
		    i < order->in_the_way);
		json_end();
	}
	for (size_t i = 0; i < there->count && !out_lost() && !stop_wanted(); i++) {
		json_open("holder");
		report_holder(there, &there->list[i], "", false);
		json_end();
	}
	for (size_t i = 0; i < report->count && !report->brief; i++)
		event_probes(&report->diagnoses[i]);
	show_answers(report);
	show_cures(report);
	show_unseen(report);
}

static void show_parts(const struct report *report, const struct order *order, unsigned tight)
{
	const struct holders *holders = &report->findings->holders;

	show_answers(report);
	show_cures(report);
	if (order->in_the_way > 0) {
		report_table(
		    holders, report->findings->roles, order->list, order->in_the_way, tight);
		report_details(holders, order->list, order->in_the_way, tight);
	}
	if (report->brief)
		return;
	report_probes(report);
	if (order->list)
		report_others(report, order->list + order->in_the_way,
		    order->count - order->in_the_way,
		    order->in_the_way == 0 && is_one(report) && report->diagnoses[0].free, tight);
	show_unseen(report);
}

/* Whether no two processes are in the way. */
static bool is_of_one(const struct report *report, const struct order *order)
{
	const struct holders *holders = &report->findings->holders;
	const struct process *one = NULL;

	for (size_t i = 0; i < order->in_the_way; i++) {
		const struct holder *holder = &holders->list[order->list[i]];
		for (size_t p = 0; p < holder->owner_count; p++) {
			const struct process *process = holder_process(holders, holder, p);
			if (one && process != one)
				return false;
			one = process;
		}
	}
	return true;
}

/* How short the report has to be to fit the screen. */
static unsigned tightness(const struct report *report, const struct order *order)
{
	unsigned tight = 0;

	if (out_verbose() || !is_of_one(report, order))
		return 0;
	for (; tight < REPORT_TIGHTEST; tight++) {
		out_measure();
		show_parts(report, order, tight);
		if (out_measured() <= SCREEN)
			break;
	}
	return tight;
}

void report_show(const struct report *report)
{
	struct order order = {0};

	if (out_quiet() && !out_json()) {
		show_answers(report);
		return;
	}
	order = order_of(report);
	if (out_json()) {
		show_events(report, &order);
	} else {
		show_parts(report, &order, tightness(report, &order));
	}
	free(order.list);
}
