#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "answer/brief.h"
#include "answer/sentences.h"
#include "cli/text.h"
#include "diagnosis/diagnosis.h"
#include "tcp/call.h"
#include "words/report.h"
#include "words/who.h"

enum { BRIEF_TEXT = 512 };

/* What the first in the way does there. */
static void add_doing(const struct findings *findings, size_t i, char *text, size_t size)
{
	const struct holder *holder = &findings->holders.list[i];
	char peer[ADDR_TEXT];

	addr_print(&holder->peer, peer);
	switch (findings->roles[i]) {
	case ROLE_LISTENER:
		text_add(text, size, " listens there");
		return;
	case ROLE_BOUND:
		text_add(text, size, " has bound it");
		return;
	case ROLE_SELF:
		text_add(text, size, " has connected it to itself");
		return;
	case ROLE_EPHEMERAL:
	case ROLE_ACCEPTED:
	case ROLE_ALONE:
	case ROLE_OUTGOING:
		text_add(text, size, " has a connection from there to %s", peer);
		return;
	case ROLE_PENDING:
		text_add(text, size, ": a connection to it from %s is not accepted yet", peer);
		return;
	case ROLE_ORPHAN:
	case ROLE_REMNANT:
	case ROLE_SPENT:
	case ROLE_COUNT:
		text_add(text, size, ": a closed connection to %s is in %s", peer,
		    holder_state_name(holder->state));
		if (holder->left_ms >= 0)
			text_add(
			    text, size, " for %lld s more", sentences_seconds(holder->left_ms));
		return;
	}
}

static void write_holder(const struct findings *findings, size_t i, char text[BRIEF_TEXT])
{
	const struct holders *holders = &findings->holders;
	const struct holder *holder = &holders->list[i];
	const struct placement *place = holder->owner_count > 0
					    ? holder_place(holders, holder, 0)
					    : holders_placement(holders, holder->place);

	*text = 0;
	sentences_who(holders, holder, text, BRIEF_TEXT);
	add_doing(findings, i, text, BRIEF_TEXT);
	if (*place->container)
		text_add(text, BRIEF_TEXT, ", container %s", who_place(place));
	else if (*who_place(place))
		text_add(text, BRIEF_TEXT, ", unit %s", who_place(place));
}

/* Who refuses it with the options that it has, else who may, else who would without any; the number of holders where
 * nobody is in the way. */
static size_t find_refuser(const struct findings *findings, const struct newcomer *newcomer)
{
	const size_t count = findings->holders.count;
	size_t first = count, unsure = count;

	for (size_t i = 0; i < count; i++) {
		if (!conflict_blocks(newcomer, &findings->holders.list[i]))
			continue;
		const enum may may = conflict_with(findings, newcomer, i);
		if (may == MAY_NOT)
			return i;
		if (may == MAY_OR_NOT && unsure == count)
			unsure = i;
		if (first == count)
			first = i;
	}
	return unsure < count ? unsure : first;
}

/* The first in the way. Returns false, and writes nothing, where nobody is seen there. */
static bool find_holder(const struct newcomer *newcomer, char text[BRIEF_TEXT])
{
	const unsigned port = addr_port(&newcomer->local);
	struct findings findings;

	if (port == 0)
		return false;
	findings_read(&findings, port, false, false, true);
	const size_t i = find_refuser(&findings, newcomer);
	const bool found = i < findings.holders.count;
	if (found)
		write_holder(&findings, i, text);
	findings_free(&findings);
	return found;
}

/* All causes that hold here. Returns whether there are such. */
static bool find_causes(const struct fault *fault, const union addr *local, const union addr *peer,
    char text[BRIEF_TEXT])
{
	const struct subject subject = {
	    .local = local, .peer = peer, .bind = true, .refused = true};
	struct reason reasons[REASONS_MOST];
	call_hear *const trace = call_trace;

	/* What is tried to find out is no matter of --explain. */
	call_trace = NULL;
	const size_t count = diagnose_errno(fault->at, fault->error, &subject, reasons);
	call_trace = trace;
	*text = 0;
	for (size_t i = 0; i < count; i++)
		if (reasons[i].holds == FACT_YES)
			text_add(text, BRIEF_TEXT, "%s%s", *text ? "; " : "",
			    *reasons[i].said ? reasons[i].said : reasons[i].cause->text);
	return *text;
}

static const union addr *known_end(const union addr *addr)
{
	return addr && addr->any.sa_family != AF_UNSPEC ? addr : NULL;
}

static void brief(const struct fault *fault, const struct newcomer *newcomer,
    const union addr *local, const union addr *peer)
{
	const bool binds = fault->at == CALL_BIND || fault->at == CALL_LISTEN;
	const union addr *from = known_end(local), *to = known_end(peer);
	char text[BRIEF_TEXT];

	if ((binds && fault->error == EADDRINUSE && from && find_holder(newcomer, text)) ||
	    find_causes(fault, from, binds ? NULL : to, text))
		report_fault_cause(fault, local, peer, text);
	else
		report_fault(fault, local, peer, 1);
}

void brief_fault(const struct fault *fault, const union addr *local, const union addr *peer)
{
	struct newcomer newcomer = {.uid = (long)geteuid()};

	if (local)
		newcomer.local = *local;
	brief(fault, &newcomer, local, peer);
}

/* What it has as the rule looks at it. */
static struct newcomer newcomer_as_planned(const struct plan *plan)
{
	struct newcomer newcomer = {.local = plan->local, .uid = (long)geteuid()};
	const unsigned device = conflict_device(&plan->local);

	for (size_t i = 0; i < plan->setting_count; i++) {
		const struct setting *setting = &plan->settings[i];
		if (setting->option == OPTION_DEVICE)
			newcomer.device = if_nametoindex(setting->device);
		else if (setting->value)
			newcomer.set |= probe_bit(setting->option);
	}
	if (device)
		newcomer.device = device;
	return newcomer;
}

void brief_plan(const struct fault *fault, const struct plan *plan)
{
	const struct newcomer newcomer = newcomer_as_planned(plan);

	brief(fault, &newcomer, &plan->local, &plan->peer);
}
