#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"
#include "cmd/limits/numbers.h"
#include "cmd/limits/ports_view.h"

enum { ADVICE = 256, INDENT = 2, NAME_WIDTH = 42, PORTS_WIDTH = 8 };

static const struct {
	const char *word, *text; /* for JSON, and for a person */
} states[PORTS_STATES] = {
    [PORTS_RESERVED] = {"reserved", "reserved"},
    [PORTS_BOUND] = {"bound", "bound by"},
    [PORTS_CONNECTED] = {"connected", "connected to it by"},
    [PORTS_TIME_WAIT] = {"time-wait", "in TIME_WAIT"},
    [PORTS_REUSABLE] = {"time-wait-reusable", "in TIME_WAIT, which connect takes over"},
};

static const char *const remedies[PORTS_REMEDIES] = {
    [PORTS_BY_NO_PORT] = "IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect",
    [PORTS_BY_SOURCE] = "another source address, bound with IP_BIND_ADDRESS_NO_PORT",
    [PORTS_BY_RANGE] = "sysctl -w net.ipv4.ip_local_port_range=",
    [PORTS_BY_UNRESERVED] = "sysctl -w net.ipv4.ip_local_reserved_ports=''",
    [PORTS_BY_TW_REUSE] = "sysctl -w net.ipv4.tcp_tw_reuse=1",
    [PORTS_BY_BIND] = "bind to the source and port 0 before connect (ports bound elsewhere)",
};

/* The remedy that comes behind `last` (-1: the first), most ports first; -1: none. */
static int next_remedy(const struct ports *ports, int last)
{
	int best = -1;

	for (int i = 0; i < PORTS_REMEDIES; i++) {
		const unsigned gain = ports->gains[i];
		const bool shown = last >= 0 && (gain > ports->gains[last] ||
						    (gain == ports->gains[last] && i <= last));
		if (gain > 0 && !shown && (best < 0 || gain > ports->gains[best]))
			best = i;
	}
	return best;
}

static bool is_inferred(const struct ports *ports, enum ports_remedy remedy)
{
	if (ports->not_asked || ports->odd)
		return true;
	switch (remedy) {
	case PORTS_BY_RANGE:
		return ports->not_asked_beyond > 0;
	case PORTS_BY_UNRESERVED:
		return ports->not_asked_reserved > 0;
	case PORTS_BY_TW_REUSE:
		return ports->reuse_inferred;
	case PORTS_BY_BIND:
		return ports->bind_inferred;
	case PORTS_BY_NO_PORT:
	case PORTS_BY_SOURCE:
	case PORTS_REMEDIES:
		return false;
	}
	return false;
}

static const char *advice_text(char text[ADVICE], const struct ports *ports, int remedy)
{
	char count[GROUPED_TEXT], range[32] = "";

	if (remedy == PORTS_BY_RANGE)
		snprintf(range, sizeof range, "'%u 65535'", ports->widest);
	snprintf(text, ADVICE, "+%s: %s%s%s", grouped_print(count, ports->gains[remedy]),
	    remedies[remedy], range,
	    is_inferred(ports, (enum ports_remedy)remedy) ? " (inferred)" : "");
	return text;
}

/* A figure and its name, which comes behind it where the terminal is narrow. */
static void show_figure(const char *name, const char *figure, bool inferred)
{
	const char *const basis = inferred ? "  (inferred)" : "";

	if (out_width() < INDENT + NAME_WIDTH + PORTS_WIDTH)
		out_line("%*s%*s  %s%s", INDENT, "", PORTS_WIDTH, figure, name, basis);
	else
		out_line("%*s%-*s%*s%s", INDENT, "", NAME_WIDTH, name, PORTS_WIDTH, figure, basis);
}

static void show_left(const char *way, bool possible, unsigned count, bool inferred)
{
	char text[GROUPED_TEXT];

	show_figure(way, possible ? grouped_print(text, count) : "-", possible && inferred);
}

static void show_taken(const struct ports_taken *taken, bool not_searched)
{
	char name[NAME_WIDTH + HOLDER_PROGRAM], count[GROUPED_TEXT];
	const bool has_owner = taken->state == PORTS_BOUND || taken->state == PORTS_CONNECTED;

	if (taken->process)
		snprintf(name, sizeof name, "%s %s[%ld]", states[taken->state].text,
		    taken->process->program, taken->process->pid);
	else
		snprintf(name, sizeof name, "%s%s", states[taken->state].text,
		    !has_owner     ? ""
		    : not_searched ? " no process found in time"
				   : " no process seen");
	show_figure(name, grouped_print(count, taken->count), false);
}

/* How fast they end. */
static void show_waits(const struct ports *ports)
{
	const double first_s = (double)ports->first_ms / 1000,
		     last_s = (double)ports->last_ms / 1000;
	char count[GROUPED_TEXT];

	if (ports->waits == 0 || ports->first_ms < 0)
		return;
	if (ports->waits == 1)
		out_line("the TIME_WAIT ends in %.0f s", first_s);
	else
		out_line("of %s TIME_WAITs the first ends in %.0f s, the last in %.0f s",
		    grouped_print(count, ports->waits), first_s, last_s);
}

void ports_view(const struct ports *ports, const struct route *route)
{
	char from[ADDR_TEXT], to[ADDR_TEXT], count[GROUPED_TEXT], text[ADVICE];

	out_line("from %s to %s", addr_print_host(&route->source, from),
	    addr_print(&route->destination, to));
	out_heading("how many more connections can be made now");
	show_left("connect without bind", route->by_itself, ports->left, ports->left_inferred);
	show_left(
	    "bind with IP_BIND_ADDRESS_NO_PORT, connect", true, ports->left, ports->left_inferred);
	show_left("bind to port 0, connect", true, ports->left_to_bind, ports->bind_inferred);
	if (!route->by_itself)
		out_line("without bind the kernel chooses another source");
	if (ports->end_left)
		out_line(
		    "with an odd number of ports the kernel may miss the first or the last (inferred)");
	out_line("%s", "");
	out_line("%sports %u to %u, %s%s%s", out_paint(OUT_BOLD), ports->low, ports->high,
	    grouped_print(count, ports->high - ports->low + 1),
	    ports->taken_count ? ": of these are taken" : ": none is taken", out_paint(OUT_PLAIN));
	for (size_t i = 0; i < ports->taken_count; i++)
		show_taken(&ports->taken[i], ports->not_searched);
	if (ports->not_asked)
		out_line("whether they were bound is inferred for %s",
		    grouped_print(count, ports->not_asked));
	if (ports->stamps_inferred)
		out_line(
		    "whether those TIME_WAITs can be taken over depends on timestamps (inferred)");
	show_waits(ports);
	int remedy = next_remedy(ports, -1);
	if (remedy >= 0) {
		out_line("%s", "");
		out_heading("what would give connect more");
	}
	for (; remedy >= 0; remedy = next_remedy(ports, remedy)) {
		advice_text(text, ports, remedy);
		out_start("  ");
		wrap_text(text, strlen(text), 4);
	}
}

static void json_basis(bool inferred)
{
	json_text("basis", inferred ? "inferred" : "observed");
}

/* `count`: -1 where the way is none. */
static void json_left(const char *way, int64_t count, bool inferred)
{
	json_open("left");
	json_text("way", way);
	json_known("ports", count);
	if (count >= 0)
		json_basis(inferred);
	else
		json_null("basis");
	json_end();
}

static void json_taken(const struct ports_taken *taken, bool inferred)
{
	json_open("taken");
	json_text("state", states[taken->state].word);
	json_text("program", taken->process ? taken->process->program : NULL);
	json_known("pid", taken->process ? taken->process->pid : -1);
	json_number("ports", taken->count);
	json_basis(inferred);
	json_end();
}

/* Whether a port was bound is asked first of those that are not reserved. */
static bool is_taken_inferred(const struct ports *ports, enum ports_state state)
{
	return (state != PORTS_RESERVED && ports->not_asked > 0) ||
	       (state == PORTS_REUSABLE && ports->stamps_inferred);
}

void ports_json(const struct ports *ports, const struct route *route)
{
	char text[ADVICE], addr[ADDR_TEXT];

	json_open("route");
	json_text("source", addr_print_host(&route->source, addr));
	json_text("destination", addr_print(&route->destination, addr));
	snprintf(text, sizeof text, "%u-%u", ports->low, ports->high);
	json_text("range", text);
	json_end();
	for (size_t i = 0; i < ports->taken_count; i++)
		json_taken(&ports->taken[i], is_taken_inferred(ports, ports->taken[i].state));
	json_left("connect", route->by_itself ? (int64_t)ports->left : -1, ports->left_inferred);
	json_left("no-port", ports->left, ports->left_inferred);
	json_left("bind", ports->left_to_bind, ports->bind_inferred);
	for (int remedy = next_remedy(ports, -1); remedy >= 0;
	     remedy = next_remedy(ports, remedy)) {
		json_open("advice");
		json_text("text", advice_text(text, ports, remedy));
		json_end();
	}
}
