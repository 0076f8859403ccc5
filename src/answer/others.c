/* What is on a port and not in the way. */
#include <stdio.h>
#include <string.h>

#include "answer/report.h"
#include "cli/out.h"
#include "words/who.h"

/* One line: "UDP 0.0.0.0:53 of dnsmasq[7]". */
static void other_text(
    const struct holders *holders, const struct holder *holder, char *text, size_t size)
{
	char local[ADDR_TEXT], peer[ADDR_TEXT], who[WHO_TEXT], where[200] = "";

	if (holder->network && holders->networks) {
		const struct network *network = &holders->networks[holder->network];
		const char *place = who_place(holders_placement(holders, network->place));
		/* The process that it is known by may be the one that has the socket. */
		const bool told = holder->owner_count > 0 &&
				  holder_process(holders, holder, 0)->pid == network->pid;
		if (*network->name)
			snprintf(where, sizeof where, ", in network namespace %s", network->name);
		else if (told)
			snprintf(where, sizeof where, ", in another network namespace%s%s%s",
			    *place ? " (" : "", place, *place ? ")" : "");
		else
			snprintf(where, sizeof where,
			    ", in another network namespace (%s%s%s[%ld])", place,
			    *place ? ", " : "", network->program, network->pid);
	}
	snprintf(text, size, "%s %s %s%s%s, %s%s", holder->udp ? "UDP" : "TCP",
	    holder_state_name(holder->state), addr_print(&holder->local, local),
	    holder->peer.any.sa_family == AF_UNSPEC ? "" : " -> ",
	    holder->peer.any.sa_family == AF_UNSPEC ? "" : addr_print(&holder->peer, peer),
	    who_text(holders, holder, who), where);
}

void report_others(
    const struct report *report, const size_t index[], size_t mine, bool is_free, unsigned tight)
{
	static const size_t some[REPORT_TIGHTEST + 1] = {8, 2, 1, 1};
	const struct holders *here = &report->findings->holders,
			     *there = &report->findings->elsewhere;
	const size_t count = mine + there->count;
	const size_t most = out_verbose() ? count : is_free ? 1 : some[tight];
	char text[WHO_TEXT + 2 * ADDR_TEXT + 300];

	for (size_t i = 0; i < count && i < most; i++) {
		const bool last = i + 1 == most && count > most;
		if (i < mine)
			other_text(here, &here->list[index[i]], text, sizeof text);
		else
			other_text(there, &there->list[i - mine], text, sizeof text);
		char more[48] = "";
		if (last)
			snprintf(more, sizeof more, ", and %zu more (-v)", count - most);
		static const char begun[] = "not in the way: ";
		out_start(begun);
		const size_t n = strlen(text);
		snprintf(text + n, sizeof text - n, "%s", more);
		report_rest(begun, text);
	}
}
